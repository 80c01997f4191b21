#include "net/certificate_authority.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/hash.h"

namespace vedette::net {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using SigningRequest = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

constexpr auto kAuthorityLife = std::chrono::hours(24 * 365 * 20);

std::unexpected<Error> no_openssl() {
  return fail(ErrorCode::kInternal, "OpenSSL could not make or sign a certificate");
}

Bio memory() { return Bio(BIO_new(BIO_s_mem()), BIO_free_all); }
Bio memory_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all);
}
std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Key new_key() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

Result<std::string> key_pem(EVP_PKEY* key) {
  auto bio = memory();
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return no_openssl();
  return text_of(bio.get());
}

// Durable and whole, or not there.
Result<void> write_new(const std::filesystem::path& path, const std::string& text) {
  auto next = path.string() + ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = fd >= 0 && ::fchmod(fd, 0600) == 0 &&
                 ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(next.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be written; check the disk and the folder's owner", path.string()));
  return {};
}

bool set_times(X509* certificate, WallTime from, WallTime until) {
  auto seconds = [](WallTime time) { return static_cast<time_t>(to_unix_ms(time) / 1000); };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(until)) != nullptr;
}

bool set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive and never short
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(bytes, sizeof bytes, nullptr), BN_free);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509_NAME* name, const std::string& common_name) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Result<std::string> certificate_pem(X509* certificate) {
  auto bio = memory();
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return no_openssl();
  return text_of(bio.get());
}

Result<std::string> new_authority(EVP_PKEY* key, WallTime now) {
  Certificate made(X509_new(), X509_free);
  bool done = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
              set_times(made.get(), now - std::chrono::hours(24), now + kAuthorityLife) &&
              set_name(X509_get_subject_name(made.get()), "Vedette agents") &&
              X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1 &&
              X509_set_pubkey(made.get(), key) == 1 &&
              add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
              add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
              add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash") &&
              X509_sign(made.get(), key, EVP_sha256()) > 0;
  if (!done) return no_openssl();
  return certificate_pem(made.get());
}

Result<std::string> read_small(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string text(64 * 1024, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (text.empty())
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be read; give it to Vedette's user", path.string()));
  return text;
}

}  // namespace

struct CertificateAuthority::Keys {
  Key key{nullptr, EVP_PKEY_free};
  Certificate certificate{nullptr, X509_free};
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<Keys> keys, std::filesystem::path certificate_path)
    : keys_(std::move(keys)), certificate_path_(std::move(certificate_path)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

Result<CertificateAuthority> CertificateAuthority::open(const std::filesystem::path& folder,
                                                        const Clock& clock) {
  auto key_path = folder / "authority.key", certificate_path = folder / "authority.pem";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  // The certificate is written last: without it nothing was ever signed with the key.
  if (!std::filesystem::exists(certificate_path, error)) {
    auto key = new_key();
    if (!key) return no_openssl();
    TRY_ASSIGN(auto key_text, key_pem(key.get()));
    TRY_ASSIGN(auto certificate_text, new_authority(key.get(), clock.wall()));
    TRY(write_new(key_path, key_text));
    TRY(write_new(certificate_path, certificate_text));
  }
  struct stat status{};
  if (::stat(key_path.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
    return fail(ErrorCode::kInvalid, fmt::format("others may read the key {0}; run `chmod 600 {0}`, and "
                                                 "enrol the agents again if somebody may have read it",
                                                 key_path.string()));
  TRY_ASSIGN(auto key_text, read_small(key_path));
  TRY_ASSIGN(auto certificate_text, read_small(certificate_path));
  auto keys = std::make_unique<Keys>();
  keys->key.reset(PEM_read_bio_PrivateKey(memory_of(key_text).get(), nullptr, nullptr, nullptr));
  keys->certificate.reset(PEM_read_bio_X509(memory_of(certificate_text).get(), nullptr, nullptr, nullptr));
  if (!keys->key || !keys->certificate ||
      X509_check_private_key(keys->certificate.get(), keys->key.get()) != 1)
    return fail(ErrorCode::kCorrupt,
                fmt::format("{} and {} do not belong together; put both back from a backup",
                            key_path.string(), certificate_path.string()));
  return CertificateAuthority(std::move(keys), certificate_path);
}

Result<IssuedCertificate> CertificateAuthority::sign(std::string_view request_pem,
                                                     const std::string& common_name, CertificateUse use,
                                                     WallTime from, WallTime until) const {
  if (request_pem.size() > kSigningRequestBytesMax)
    return fail(ErrorCode::kInvalid, "the certificate request is too long");
  SigningRequest request(PEM_read_bio_X509_REQ(memory_of(request_pem).get(), nullptr, nullptr, nullptr),
                         X509_REQ_free);
  EVP_PKEY* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  char group[64] = "";
  std::size_t length = 0;
  if (key == nullptr || EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group, sizeof group, &length) != 1 ||
      std::string_view(group, length) != "prime256v1" || X509_REQ_verify(request.get(), key) != 1)
    return fail(ErrorCode::kInvalid,
                "this is no certificate request (PKCS #10 in PEM) signed by its own EC P-256 key");
  X509* issuer = keys_->certificate.get();
  Certificate made(X509_new(), X509_free);
  bool client = use == CertificateUse::kClient;
  bool done = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
              set_times(made.get(), from, until) &&
              set_name(X509_get_subject_name(made.get()), common_name) &&
              X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1 &&
              X509_set_pubkey(made.get(), key) == 1 &&
              add_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") &&
              add_extension(made.get(), issuer, NID_key_usage, "critical,digitalSignature") &&
              add_extension(made.get(), issuer, NID_ext_key_usage, client ? "clientAuth" : "serverAuth") &&
              add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid:always") &&
              X509_sign(made.get(), keys_->key.get(), EVP_sha256()) > 0;
  if (!done) return no_openssl();
  TRY_ASSIGN(auto pem, certificate_pem(made.get()));
  return IssuedCertificate{std::move(pem), certificate_sha256(*made), until};
}

Result<std::string> make_signing_request(const std::filesystem::path& key_file) {
  auto key = new_key();
  SigningRequest request(X509_REQ_new(), X509_REQ_free);
  auto bio = memory();
  if (!key || !request || !bio || X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0 ||
      PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1)
    return no_openssl();
  std::error_code error;
  if (std::filesystem::exists(key_file, error))
    return fail(ErrorCode::kConflict,
                fmt::format("there is a key in {} already; move it away first", key_file.string()));
  TRY_ASSIGN(auto text, key_pem(key.get()));
  TRY(write_new(key_file, text));
  return text_of(bio.get());
}

std::string certificate_sha256(const X509& certificate) {
  unsigned char* der = nullptr;
  int length = i2d_X509(&certificate, &der);
  if (length < 0) return {};
  auto out = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return out;
}

Result<CertificateFacts> certificate_facts(const std::string& pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 64 * 1024))),
          BIO_free_all);
  Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  std::tm from{}, until{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notBefore(certificate.get()), &from) != 1 ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &until) != 1)
    return fail(ErrorCode::kInvalid, "no PEM certificate can be read from it");
  return CertificateFacts{certificate_sha256(*certificate), from_unix_ms(::timegm(&from) * 1000),
                          from_unix_ms(::timegm(&until) * 1000)};
}

}  // namespace vedette::net
