// SPDX-License-Identifier: BSD-2-Clause
#include "codec/es11.h"

#include "codec/cursor.h"
#include "codec/es9p_der.h"
#include "codec/json_members.h"

#define WRAPPER 0xA2
#define RESPONSE 0xBF40   /* authenticateClientResponseEs11 */

bool
es11_has(enum es9p_function f)
{
	return f == ES9P_INITIATE_AUTHENTICATION || f == ES9P_AUTHENTICATE_CLIENT;
}

static enum rsp_status
room(struct rsp_ctx *c, size_t n, struct es11_event **out)
{
	if (n > ES11_EVENTS_MAX)
		return rsp_fail(c, RSP_LIMIT, "eventEntries: at most %d are taken, these are %zu", ES11_EVENTS_MAX, n);
	*out = rsp_alloc(c, n ? n * sizeof(**out) : 1);
	return *out ? RSP_OK : RSP_NOMEM;
}

/* ---- JSON ---- */

static enum rsp_status
read_events(struct json_members *m, struct es11_response *v)
{
	const struct json *list = json_get(m->object, "eventEntries");
	struct es11_event *events = NULL;
	size_t n, i;
	enum rsp_status st;

	if (!json_is_array(list))
		return rsp_fail(m->c, RSP_MALFORMED, "eventEntries: want an array");
	n = json_count(list);
	if ((st = room(m->c, n, &events)) != RSP_OK)
		return st;
	for (i = 0; i < n; i++) {
		struct json_members entry = {.c = m->c, .object = json_at(list, i)};

		events[i].event_id = member_need_text(&entry, "eventId");
		events[i].rsp_server_address = member_need_text(&entry, "rspServerAddress");
		if (entry.st != RSP_OK)
			return entry.st;
	}
	v->events = events;
	v->n_events = n;
	return RSP_OK;
}

static enum rsp_status
read_client(struct rsp_ctx *c, struct bytes body, struct es11_response *v)
{
	struct es9p_response *r = &v->common;
	struct json_members m = {.c = c};
	struct execution_status s = {.subject = r->subject, .reason = r->reason, .identifier = r->subject_identifier, .message = r->message,
		.subject_size = sizeof(r->subject), .reason_size = sizeof(r->reason), .identifier_size = sizeof(r->subject_identifier),
		.message_size = sizeof(r->message)};
	enum rsp_status st = json_read(c, body, &m.object);

	if (st != RSP_OK)
		return st;
	read_execution_status(&m, &s);
	r->failed = s.failed;
	if (m.st != RSP_OK || r->failed)
		return m.st;
	r->transaction_id = member_hex(&m, "transactionId");
	return m.st == RSP_OK ? read_events(&m, v) : m.st;
}

enum rsp_status
es11_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es11_response *out)
{
	struct es11_response v = {0};
	enum rsp_status st;

	if (!es11_has(f))
		return rsp_fail(c, RSP_STATE, "an SM-DS has no such function");
	if (f == ES9P_INITIATE_AUTHENTICATION)
		st = es9p_read_response(c, f, body, &v.common);
	else
		st = read_client(c, body, &v);
	if (st == RSP_OK)
		*out = v;
	return st;
}

void
es11_write_response(struct buf *b, enum es9p_function f, const struct es11_response *v)
{
	const struct es9p_response *r = &v->common;
	struct json_out j = JSON_OUT(b);
	size_t i;

	if (f == ES9P_INITIATE_AUTHENTICATION)
		es9p_write_response(b, f, r);
	if (f != ES9P_AUTHENTICATE_CLIENT)
		return;
	json_object(&j, NULL);
	write_execution_status(&j, r->failed, r->subject, r->reason, r->subject_identifier, r->message);
	if (!r->failed) {
		json_hex(&j, "transactionId", r->transaction_id);
		json_array(&j, "eventEntries");
		for (i = 0; i < v->n_events; i++) {
			json_object(&j, NULL);
			json_text(&j, "eventId", v->events[i].event_id);
			json_text(&j, "rspServerAddress", v->events[i].rsp_server_address);
			json_object_end(&j);
		}
		json_array_end(&j);
	}
	json_object_end(&j);
}

/* ---- ASN.1 ---- */

static enum rsp_status
der_events(struct cursor *ok, struct bytes list, struct es11_response *v)
{
	struct cursor k = cursor_into(ok, "eventEntries", list), count = k;
	struct es11_event *events = NULL;
	size_t n = 0, i;
	enum rsp_status st;

	while (count.rest.n && count.st == RSP_OK) {
		(void)cursor_need(&count, 0x30, "an entry");
		n++;
	}
	if (count.st != RSP_OK)
		return count.st;
	if ((st = room(k.c, n, &events)) != RSP_OK)
		return st;
	for (i = 0; i < n; i++) {
		struct cursor e = cursor_into(&k, "EventEntries", cursor_need(&k, 0x30, "an entry"));

		events[i].event_id = cursor_text(&e, cursor_need(&e, 0x80, "eventId"), "eventId");
		events[i].rsp_server_address = cursor_text(&e, cursor_need(&e, 0x81, "rspServerAddress"), "rspServerAddress");
		if (e.st != RSP_OK)
			return e.st;
	}
	v->events = events;
	v->n_events = n;
	return RSP_OK;
}

static enum rsp_status
der_client(struct rsp_ctx *c, struct bytes body, struct es11_response *v)
{
	struct cursor k, choice, ok;
	enum rsp_status st = cursor_shape(c, "RemoteProfileProvisioningResponse", body);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "RemoteProfileProvisioningResponse", body, WRAPPER);
	choice = cursor_into(&k, "AuthenticateClientResponseEs11", cursor_need(&k, RESPONSE, "authenticateClientResponseEs11"));
	cursor_end(&k);
	if (k.st != RSP_OK)
		return k.st;
	if (cursor_tag(&choice) != 0xA0) {
		es9p_der_set_code(RESPONSE, cursor_need_int(&choice, 0x81, "authenticateClientError"), &v->common);
		cursor_end(&choice);
		return choice.st;
	}
	ok = cursor_into(&choice, "AuthenticateClientOkEs11", cursor_need(&choice, 0xA0, "authenticateClientOk"));
	v->common.transaction_id = cursor_sized(&ok, cursor_need(&ok, 0x80, "transactionId"), 1, 16, "transactionId");
	cursor_end(&choice);
	return choice.st == RSP_OK ? der_events(&ok, cursor_need(&ok, 0xA1, "eventEntries"), v) : choice.st;
}

enum rsp_status
es11_der_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es11_response *out)
{
	struct es11_response v = {0};
	enum rsp_status st;

	if (!es11_has(f))
		return rsp_fail(c, RSP_STATE, "an SM-DS has no such function");
	if (f == ES9P_INITIATE_AUTHENTICATION)
		st = es9p_der_read_response(c, f, body, &v.common);
	else
		st = der_client(c, body, &v);
	if (st != RSP_OK)
		return st;
	/* the numbers of InitiateAuthentication are shared with the SM-DP+, whose subjects begin with 8.8 */
	if (v.common.failed && strncmp(v.common.subject, "8.8.", 4) == 0)
		v.common.subject[2] = '9';
	*out = v;
	return RSP_OK;
}

void
es11_der_write_response(struct buf *b, enum es9p_function f, const struct es11_response *v)
{
	const struct es9p_response *r = &v->common;
	size_t wrapper, response, ok, list, entry, i;

	if (f == ES9P_INITIATE_AUTHENTICATION)
		es9p_der_write_response(b, f, r);
	if (f != ES9P_AUTHENTICATE_CLIENT)
		return;
	wrapper = tlv_open(b, WRAPPER);
	response = tlv_open(b, RESPONSE);
	if (r->failed) {
		tlv_add_uint(b, 0x81, (uint64_t)es9p_der_error(RESPONSE, r->subject, r->reason));
	} else {
		ok = tlv_open(b, 0xA0);
		tlv_add(b, 0x80, r->transaction_id);
		list = tlv_open(b, 0xA1);
		for (i = 0; i < v->n_events; i++) {
			entry = tlv_open(b, 0x30);
			tlv_add(b, 0x80, v->events[i].event_id);
			tlv_add(b, 0x81, v->events[i].rsp_server_address);
			tlv_close(b, entry);
		}
		tlv_close(b, list);
		tlv_close(b, ok);
	}
	tlv_close(b, response);
	tlv_close(b, wrapper);
}
