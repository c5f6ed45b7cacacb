#include "quic/compat.h"

#include <string.h>

#define COMPAT_IS_1 (NGTCP2_VERSION_NUM >= 0x010000)

const char *compat_version(void)
{
    return ngtcp2_version(0)->version_str;
}

const char *compat_tls_version(void)
{
    return gnutls_check_version(NULL);
}

void compat_set_original_dcid(ngtcp2_transport_params *params, const ngtcp2_cid *original,
                              const ngtcp2_cid *retried)
{
    params->original_dcid = *original;
#if COMPAT_IS_1
    params->original_dcid_present = 1;
#endif
    if (retried != NULL) {
        params->retry_scid = *retried;
        params->retry_scid_present = 1;
    }
}

void compat_set_token(ngtcp2_settings *settings, const uint8_t *token, size_t len)
{
#if COMPAT_IS_1
    settings->token = token;
    settings->tokenlen = len;
    settings->token_type = NGTCP2_TOKEN_TYPE_RETRY;
#else
    settings->token.base = (uint8_t *)(uintptr_t)token; /* only read */
    settings->token.len = len;
#endif
}

size_t compat_header_token(const ngtcp2_pkt_hd *header, const uint8_t **token)
{
#if COMPAT_IS_1
    *token = header->token;
    return header->tokenlen;
#else
    *token = header->token.base;
    return header->token.len;
#endif
}

ngtcp2_ssize compat_write_close(ngtcp2_conn *conn, ngtcp2_path *path, uint8_t *buf, size_t size,
                                const struct compat_close *close, ngtcp2_tstamp now)
{
    const uint8_t *text = (const uint8_t *)close->text;
    size_t len = strlen(close->text);
    ngtcp2_pkt_info info = {0};
#if COMPAT_IS_1
    ngtcp2_ccerr error;
    ngtcp2_ccerr_default(&error);
    if (close->application)
        ngtcp2_ccerr_set_application_error(&error, close->code, text, len);
    else
        ngtcp2_ccerr_set_transport_error(&error, close->code, text, len);
#else
    ngtcp2_connection_close_error error;
    ngtcp2_connection_close_error_default(&error);
    if (close->application)
        ngtcp2_connection_close_error_set_application_error(&error, close->code, text, len);
    else
        ngtcp2_connection_close_error_set_transport_error(&error, close->code, text, len);
#endif
    return ngtcp2_conn_write_connection_close(conn, path, &info, buf, size, &error, now);
}

static void copy_printable(char *text, size_t size, const uint8_t *bytes, size_t len)
{
    size_t n = len < size - 1 ? len : size - 1;
    for (size_t i = 0; i < n; i++)
        text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '?';
    text[n] = '\0';
}

void compat_get_close(ngtcp2_conn *conn, struct compat_close *close)
{
#if COMPAT_IS_1
    const ngtcp2_ccerr *error = ngtcp2_conn_get_ccerr(conn);
    close->application = error->type == NGTCP2_CCERR_TYPE_APPLICATION;
#else
    ngtcp2_connection_close_error got;
    ngtcp2_conn_get_connection_close_error(conn, &got);
    const ngtcp2_connection_close_error *error = &got;
    close->application = error->type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
#endif
    close->code = error->error_code;
    copy_printable(close->text, sizeof(close->text), error->reason, error->reasonlen);
}

int compat_shutdown_stream(ngtcp2_conn *conn, int64_t stream, uint64_t code)
{
#if COMPAT_IS_1
    return ngtcp2_conn_shutdown_stream(conn, 0, stream, code);
#else
    return ngtcp2_conn_shutdown_stream(conn, stream, code);
#endif
}

size_t compat_get_reset_tokens(ngtcp2_conn *conn, uint8_t tokens[][NGTCP2_STATELESS_RESET_TOKENLEN])
{
#if COMPAT_IS_1
    size_t count = ngtcp2_conn_get_active_dcid(conn, NULL);
#else
    size_t count = ngtcp2_conn_get_num_active_dcid(conn);
#endif
    ngtcp2_cid_token active[COMPAT_TOKENS_MAX];
    if (count == 0 || count > COMPAT_TOKENS_MAX)
        return 0;
    count = ngtcp2_conn_get_active_dcid(conn, active);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (active[i].token_present)
            memcpy(tokens[found++], active[i].token, NGTCP2_STATELESS_RESET_TOKENLEN);
    }
    return found;
}

uint64_t compat_get_rtt(ngtcp2_conn *conn)
{
#if COMPAT_IS_1
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info(conn, &info);
#else
    ngtcp2_conn_stat info;
    ngtcp2_conn_get_conn_stat(conn, &info);
#endif
    return info.smoothed_rtt;
}

void compat_set_keep_alive(ngtcp2_conn *conn, uint64_t ns)
{
#if COMPAT_IS_1
    ngtcp2_conn_set_keep_alive_timeout(conn, ns == 0 ? UINT64_MAX : ns);
#else
    ngtcp2_conn_set_keep_alive_timeout(conn, ns);
#endif
}
