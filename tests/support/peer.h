// SPDX-License-Identifier: BSD-2-Clause
/* An HTTP server of our own, and peers that speak to it octet by octet, in the clear or over TLS. */
#ifndef TESTS_SUPPORT_PEER_H
#define TESTS_SUPPORT_PEER_H

#include "support/test.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "crypto/crypto.h"
#include "http/server.h"
#include "pki/pki.h"

#define HOST "Host: a\r\n"

/*
 * Its handler says what it got: METHOD PATH BODY. "/slow" takes 300 ms, "/big" says 8 MiB, "/wait" takes until `gate` is open, "/who" says which
 * client certificate it sees by its length, "/header" what X-Test says.
 */
struct served {
	struct crypto *crypto;
	struct rsp_ctx c;
	struct pki *pki;                  /* NIST; NULL when plain */
	struct http_server_options o;
	struct http_server *server;
	SSL_CTX *tls;                     /* the peers' */
	atomic_uint handled, waiting;
	atomic_bool gate;
};

/* o: what is not there is filled in: port, handler, identity when over TLS. */
void serve(struct served *s, const struct http_server_options *o, bool tls);
void unserve(struct served *s);
struct http_stats served_stats(const struct served *s);
/* Waits, at most 3 s, until the value is there. */
#define AWAIT(value) do { for (int tries_ = 0; tries_ < 600 && !(value); tries_++) nap_ms(5); assert_true(value); } while (0)
void nap_ms(unsigned ms);

struct peer { int fd; SSL *ssl; };
int dial(const struct served *s);                 /* the socket alone */
struct peer peer_dial(unsigned port, SSL_CTX *tls);   /* tls NULL: plain */
struct peer peer_open(const struct served *s);    /* TLS when the server has it; its handshake done */
void peer_close(struct peer *p);
void peer_say(struct peer *p, const char *text);
/* Without waiting: octets written or read, 0 not now, -1 the other side has gone. */
int peer_write(struct peer *p, const void *octets, size_t n);
int peer_read(struct peer *p, void *octets, size_t n);
/* Everything that comes until the other side closes, or nothing has come for ms. *closed says which. */
char *peer_hear(struct rsp_ctx *c, struct peer *p, int ms, bool *closed);
/* All of it for one request. */
char *ask(struct rsp_ctx *c, const struct served *s, const char *request, int ms, bool *closed);

#endif
