#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace vedette::net {
namespace {

std::string openssl_reason() {
  const auto code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown reason";
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                unsigned int in_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  const unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(const_cast<unsigned char**>(&chosen), out_length, kHttp11,
                                          sizeof(kHttp11) - 1, in, in_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files) {
  namespace ssl = boost::asio::ssl;
  ERR_clear_error();
  std::shared_ptr<ssl::context> context;
  try {
    context = std::make_shared<ssl::context>(ssl::context::tls_server);
  } catch (const std::exception& e) {
    return fail(ErrorCode::kInternal, fmt::format("OpenSSL cannot make a TLS context: {}", e.what()));
  }
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  // Mozilla's "intermediate" list: for TLS 1.2 only ephemeral key exchange with authenticated encryption.
  SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!PSK:!aNULL");
  SSL_CTX_set_alpn_select_cb(raw, choose_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate_path.c_str()) != 1) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: no PEM certificate chain can be read from it ({})",
                                                 files.certificate_path, openssl_reason()));
  }
  if (SSL_CTX_use_PrivateKey_file(raw, files.key_path.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: no PEM private key that fits {} can be read from it ({})", files.key_path,
                            files.certificate_path, openssl_reason()));
  }
  if (SSL_CTX_check_private_key(raw) != 1) {
    return fail(ErrorCode::kInvalid, fmt::format("{} is not the key of the certificate {} ({})",
                                                 files.key_path, files.certificate_path, openssl_reason()));
  }
  if (!files.client_authority_path.empty()) {
    if (SSL_CTX_load_verify_file(raw, files.client_authority_path.c_str()) != 1) {
      return fail(ErrorCode::kInvalid, fmt::format("{}: no PEM certificate can be read from it ({})",
                                                   files.client_authority_path, openssl_reason()));
    }
    SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(files.client_authority_path.c_str()));
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    // Every connection proves its key anew.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  }
  return context;
}

}  // namespace vedette::net
