// SPDX-License-Identifier: BSD-2-Clause
/* What is in a profile package: for people, and as JSON. */
#include <esimlab/profile.h>

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/json_out.h"
#include "cli.h"
#include "codec/ids.h"
#include "profile.h"

static void
show_file(struct rsp_ctx *c, const struct profile_file *f, bool whole)
{
	static const char *const kinds[] = {"MF", "DF", "ADF", "transparent", "linear", "cyclic", "BER-TLV"};
	char path[PATH_MAX_DEPTH * 5 + 1] = "3F00", sfi[8] = "-";
	struct bytes shown = whole ? f->content : bytes_slice(f->content, 0, 16);
	unsigned i;
	int n = 0;

	for (i = 0; i < f->depth; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "%s%04X", i ? "/" : "", f->path[i]);
	if (f->sfi)
		snprintf(sfi, sizeof(sfi), "%02X", f->sfi);
	if (f->kind <= FILE_ADF)
		printf("  %-20s %-11s %-16s %s\n", path, kinds[f->kind], f->name, f->df_name.p ? hex_of(c, f->df_name) : "");
	else
		printf("  %-20s %-11s %-16s %5zu %-4s SFI %-2s ARR %04X/%-2u %s%s%s\n", path, kinds[f->kind], f->name, f->size,
			f->record_size ? rsp_sprintf(c, "/%u", f->record_size) : "", sfi, f->arr_fid, f->arr_record, f->link_depth ? "(link) " : "",
			hex_of(c, shown), shown.n < f->content.n ? "..." : "");
}

static void
show_secrets(struct rsp_ctx *c, const struct profile *p, bool open)
{
	static const char *const algorithms[] = {"?", "Milenage", "TUAK", "test algorithm"};
	size_t i;

	for (i = 0; i < p->n_pins; i++)
		printf("  PIN %02X  %s  tries %u of %u%s\n", p->pin[i].ref, open ? hex_of(c, bytes_of(p->pin[i].value, 8)) : "****************",
			p->pin[i].tries_left, p->pin[i].max_tries, p->pin[i].attributes & 1 ? "" : "  disabled");
	for (i = 0; i < p->n_puks; i++)
		printf("  PUK %02X  %s  tries %u of %u\n", p->puk[i].ref, open ? hex_of(c, bytes_of(p->puk[i].value, 8)) : "****************",
			p->puk[i].tries_left, p->puk[i].max_tries);
	for (i = 0; i < p->n_akas; i++)
		printf("  AKA of %04X  %s%s%s\n", p->aka[i].adf, p->aka[i].mapping_source.p ? "as another application" : algorithms[p->aka[i].algorithm & 3],
			open && p->aka[i].key.p ? "  K " : "", open && p->aka[i].key.p ? hex_of(c, p->aka[i].key) : "");
}

static void
show_services(const struct profile *p)
{
	unsigned i;

	printf("services:");
	for (i = 0; i < 32; i++)
		if (p->mandatory_services & 1u << i)
			printf(" %s", profile_service_name(i));
	printf("\n");
}

/* One line an element; the header has neither number nor `mandated`. */
static void
show_elements(const struct profile *p)
{
	size_t i;

	printf("elements:\n");
	for (i = 0; i < p->n_elements; i++) {
		const struct profile_element *e = &p->element[i];
		char id[12] = "-";

		if (e->identification >= 0)
			snprintf(id, sizeof(id), "%d", e->identification);
		printf("  %-3zu %-22s %5s  %5zu octets%s%s%s\n", i, pe_kind_name(e->kind), id, e->der.n, e->kind == PE_HEADER || e->mandated ? "" : "  not mandated",
			e->status.status ? "  not taken: " : "", e->status.status ? pe_status_name(e->status.status) : "");
	}
}

static void
show_apps(struct rsp_ctx *c, const struct profile *p)
{
	size_t i, k;

	if (p->n_apps)
		printf("applications:\n");
	for (i = 0; i < p->n_apps; i++) {
		const struct profile_app *a = &p->app[i];

		printf("  %-32s %s", hex_of(c, a->aid), pe_kind_name(a->kind));
		if (a->kind == PE_RFM)
			printf(", security level %02X, TAR", a->security_level);
		for (k = 0; k < a->n_tars; k++)
			printf(" %s", hex_of(c, bytes_of(a->tar[k], 3)));
		if (a->adf.p)
			printf(", ADF %s", hex_of(c, a->adf));
		if (a->kind == PE_SD)
			printf(", %u keys", a->n_keys);
		if (a->kind != PE_RFM)
			printf(", privileges %s, life cycle %02X", hex_of(c, a->privileges), a->life_cycle);
		if (a->domain.p)
			printf(", of %s", hex_of(c, a->domain));
		printf("\n");
	}
}

static void
show_text(struct cli *cli, struct rsp_ctx *c, const struct profile *p)
{
	char iccid[ICCID_TEXT];
	size_t i;

	iccid_text(p->iccid, iccid);
	printf("profile package %u.%u, \"%.*s\", ICCID %s, %zu octets\n", p->major, p->minor, (int)p->type.n,
		p->type.p ? (const char *)p->type.p : "", iccid, p->package.n);
	show_services(p);
	show_elements(p);
	printf("files:\n");
	for (i = 0; i < p->n_files; i++)
		show_file(c, &p->file[i], cli->verbose > 0);
	show_apps(c, p);
	printf("codes and keys:%s\n", cli_has(cli, "secrets") ? "" : " (--secrets shows them)");
	show_secrets(c, p, cli_has(cli, "secrets"));
}

static void
elements_json(struct json_out *j, const struct profile *p)
{
	size_t i;

	json_array(j, "element");
	for (i = 0; i < p->n_elements; i++) {
		json_object(j, NULL);
		json_string(j, "kind", pe_kind_name(p->element[i].kind));
		if (p->element[i].identification >= 0)
			json_int(j, "identification", p->element[i].identification);
		json_bool(j, "mandated", p->element[i].mandated);
		json_int(j, "status", p->element[i].status.status);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
apps_json(struct json_out *j, const struct profile *p)
{
	size_t i;

	json_array(j, "application");
	for (i = 0; i < p->n_apps; i++) {
		json_object(j, NULL);
		json_string(j, "kind", pe_kind_name(p->app[i].kind));
		json_hex(j, "aid", p->app[i].aid);
		json_object_end(j);
	}
	json_array_end(j);
}

static enum rsp_status
show_json(struct cli *cli, struct rsp_ctx *c, const struct profile *p)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	struct bytes out;
	char iccid[ICCID_TEXT];
	enum rsp_status st;

	iccid_text(p->iccid, iccid);
	json_object(&j, NULL);
	json_string(&j, "iccid", iccid);
	json_string(&j, "version", rsp_sprintf(c, "%u.%u", p->major, p->minor));
	json_int(&j, "elements", (long long)p->n_elements);
	json_int(&j, "files", (long long)p->n_files);
	elements_json(&j, p);
	apps_json(&j, p);
	json_object_end(&j);
	st = buf_finish(&b, c, &out);
	if (st == RSP_OK)
		cli_json_result(cli, out);
	return st;
}

int
profile_show(struct cli *cli)
{
	const struct profile *p;
	struct bytes file;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc = cli_open(cli, &c, "profile");

	if (rc)
		return rc;
	st = cli_read_file(&c, cli->argument[0], PROFILE_PACKAGE_MAX, &file);
	if (st == RSP_OK)
		st = profile_read(&c, file, &p);
	if (st == RSP_OK && cli->json)
		st = show_json(cli, &c, p);
	else if (st == RSP_OK)
		show_text(cli, &c, p);
	rc = cli_failed(cli, &c, st);
	cli_close(cli, &c);
	return rc;
}
