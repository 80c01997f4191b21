#include "net/fetch_transfer.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address_gate.h"
#include "net/peer_certificate.h"

namespace vedette::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kHeaderBytesMax = 256 * 1024;
constexpr std::size_t kExpectedUnknown = 256 * 1024, kExpectedLeast = 32 * 1024;
constexpr std::size_t kSlackMax = 64 * 1024;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}
bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}
bool splits(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

microseconds timing(CURL* handle, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(handle, info, &value);
  return microseconds(value);
}

// As address_gate.h takes it.
std::string_view bare_host(const Url& url) {
  std::string_view host = url.host;
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

// Sees the certificates before libcurl judges them, so that a refused chain can be explained.
int keep_chain(X509_STORE_CTX* store, void* user) {
  auto& chain = *static_cast<std::vector<PeerCertificate>*>(user);
  chain = describe_chain(X509_STORE_CTX_get0_cert(store), X509_STORE_CTX_get0_untrusted(store));
  return X509_verify_cert(store);
}

}  // namespace

FetchTransfer::FetchTransfer(FetchRequest request, Url url, Fetcher::Done done, FetchBudget& budget,
                             SteadyTime now)
    : request_(std::move(request)),
      first_(std::move(url)),
      url_(first_),
      done_(std::move(done)),
      budget_(budget),
      began_(now),
      outside_(request_.from_outside) {}

FetchTransfer::~FetchTransfer() { release_body(); }

void FetchTransfer::release_body() {
  budget_.body_bytes -= std::min(budget_.body_bytes, result_.body.size());
}

std::size_t FetchTransfer::expected_bytes(const FetchRequest& request) {
  auto bytes = request.expected_bytes == 0 ? kExpectedUnknown : request.expected_bytes;
  return std::min(std::max(bytes, kExpectedLeast), request.body_bytes_max);
}

void FetchTransfer::fail_with(FetchFailure failure, std::string detail) {
  result_.failure = failure;
  result_.failure_detail = std::move(detail);
}

void FetchTransfer::cancel() { fail_with(FetchFailure::kCancelled, "the fetch was cancelled"); }

bool FetchTransfer::same_party() const {
  return url_.host == first_.host && !(first_.scheme == "https" && url_.scheme == "http");
}

// Once a public address has answered, the outside says where to go.
bool FetchTransfer::may_go_inside() const {
  if (!outside_) return true;
  auto known = std::ranges::find(answered_, url_.host, &std::pair<std::string, bool>::first);
  // A host that has just answered from outside and now names an inner address is being rebound.
  if (known != answered_.end()) return known->second;
  return request_.inner_host && request_.inner_host(bare_host(url_), url_.port);
}

std::string FetchTransfer::led_inside(std::string_view address) const {
  const std::string to =
      address == bare_host(url_) ? to_string(url_) : fmt::format("{} ({})", to_string(url_), address);
  return result_.redirects.empty() ? to : fmt::format("{} -> {}", result_.redirects.back().from, to);
}

void FetchTransfer::note_answer(bool inner) {
  if (answered_.empty()) first_outside_ = !inner;
  result_.outside = first_outside_ || !inner;
  outside_ = outside_ || !inner;
  if (std::ranges::find(answered_, url_.host, &std::pair<std::string, bool>::first) == answered_.end())
    answered_.emplace_back(url_.host, inner);
}

void FetchTransfer::set_headers() {
  headers_.emplace();
  if (same_party()) {
    for (const auto& [name, value] : request_.headers) {
      headers_->add(value.empty() ? name + ";" : name + ": " + value);
    }
    if (!request_.etag.empty()) headers_->add("If-None-Match: " + request_.etag);
    if (!request_.last_modified.empty()) headers_->add("If-Modified-Since: " + request_.last_modified);
  }
  curl_easy_setopt(handle(), CURLOPT_HTTPHEADER, headers_->get());
}

void FetchTransfer::set_login() {
  CURL* curl = handle();
  if (!same_party()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, nullptr);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, nullptr);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, nullptr);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  } else if (!request_.bearer_token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, request_.bearer_token.reveal().c_str());
  } else if (!request_.basic_user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, request_.basic_user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request_.basic_password.reveal().c_str());
  }
}

bool FetchTransfer::prepare(SteadyTime now) {
  const auto left = std::chrono::duration_cast<milliseconds>(began_ + request_.timeout - now);
  if (left.count() <= 0) {
    fail_with(FetchFailure::kTimeout,
              fmt::format("no complete answer within {} ms", request_.timeout.count()));
    return false;
  }
  for (const auto& [name, value] : request_.headers) {
    if (name.empty() || name.find_first_of(": \t") != std::string::npos || splits(name) || splits(value)) {
      fail_with(FetchFailure::kProtocol,
                "a configured header field contains a character that would split it");
      return false;
    }
  }
  if (splits(request_.etag) || splits(request_.last_modified) || splits(request_.user_agent)) {
    fail_with(FetchFailure::kProtocol, "a validator or user agent contains a line end");
    return false;
  }
  // With a proxy the gate sees only literal targets; the proxy resolves the names.
  const auto literal = bare_host(url_);
  if (refused_literal(literal, request_.allow_loopback)) {
    fail_with(FetchFailure::kRefusedAddress, url_.host + ": connections to this address are refused");
    return false;
  }
  const bool inner = inner_literal(literal);
  if (inner && !may_go_inside()) {
    fail_with(FetchFailure::kLedInside, led_inside(literal));
    return false;
  }
  if (!request_.proxy.empty()) note_answer(inner);

  if (!handle_) handle_ = new_curl_easy(request_.proxy);
  CURL* curl = handle();
  refused_.clear();
  led_inside_.clear();
  location_.clear();
  header_bytes_ = 0;
  detail_[0] = '\0';
  curl_easy_setopt(curl, CURLOPT_URL, to_string(url_).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, this);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail_);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
  curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // libcurl takes a compressed stream that ends early for a whole one: decoding is ours.
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, ContentDecoder::kAccepted);
  curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  decoder_.reset();
  if (request_.fresh_connection) {
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  }
  // A resumed session shows no certificate chain, and the chain is what the watch looks at.
  curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, request_.verify_tls ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, request_.verify_tls ? 2L : 0L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  if (!request_.user_agent.empty()) curl_easy_setopt(curl, CURLOPT_USERAGENT, request_.user_agent.c_str());
  if (!request_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request_.ca_file.c_str());
  if (!resolve_ && !request_.resolve.empty()) {
    resolve_.emplace();
    for (const auto& each : request_.resolve) resolve_->add(each);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, resolve_->get());
  }
  set_headers();
  set_login();
  return true;
}

std::size_t FetchTransfer::on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& self = *static_cast<FetchTransfer*>(user);
  if (!self.decoder_) {
    std::string codings;
    for (const auto& [name, value] : self.result_.headers) {
      if (same_name(name, "content-encoding")) codings += (codings.empty() ? "" : ",") + value;
    }
    self.decoder_.emplace(codings);
    self.result_.body.reserve(self.expected() + self.expected() / 16);
  }
  switch (self.decoder_->push({data, size}, [&](std::string_view decoded) { return self.keep(decoded); })) {
    case ContentDecoder::Step::kMore:
      return size;
    case ContentDecoder::Step::kDamaged:
      self.damaged_ = true;
      break;
    case ContentDecoder::Step::kStopped:
      break;
  }
  return CURL_WRITEFUNC_ERROR;
}

bool FetchTransfer::keep(std::string_view decoded) {
  too_large_ = result_.body.size() + decoded.size() > request_.body_bytes_max;
  memory_full_ = budget_.body_bytes + decoded.size() > budget_.body_bytes_max;
  if (too_large_ || memory_full_) return false;
  result_.body.append(decoded);
  budget_.body_bytes += decoded.size();
  return true;
}

std::size_t FetchTransfer::on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& self = *static_cast<FetchTransfer*>(user);
  std::string_view line(data, size);
  self.header_bytes_ += size;
  if (self.header_bytes_ > kHeaderBytesMax) {
    self.too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (line.starts_with("HTTP/")) {
    // An interim answer may have come before.
    self.result_.headers.clear();
    self.location_.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const auto name = trim(line.substr(0, colon));
  const auto value = trim(line.substr(colon + 1));
  if (same_name(name, "location") && self.location_.empty()) self.location_ = value;
  self.result_.headers.emplace_back(name, value);
  return size;
}

curl_socket_t FetchTransfer::on_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<FetchTransfer*>(user);
  // The proxy is the administrator's choice and often runs on the same machine.
  const bool allow_loopback = self.request_.allow_loopback || !self.request_.proxy.empty();
  if (refused_address(address->addr, allow_loopback)) {
    self.refused_ = self.url_.host + " leads to an address to which connections are refused";
    return CURL_SOCKET_BAD;
  }
  if (self.request_.proxy.empty() && inner_address(address->addr) && !self.may_go_inside()) {
    self.led_inside_ = self.led_inside(address_text(address->addr));
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Also asked for connections out of the pool, which a transfer with other permissions may have opened.
int FetchTransfer::on_connected(void* user, char* peer, char*, int, int) {
  auto& self = *static_cast<FetchTransfer*>(user);
  const bool allow_loopback = self.request_.allow_loopback || !self.request_.proxy.empty();
  if (refused_literal(peer, allow_loopback)) {
    self.refused_ = fmt::format("{} leads to {}; connections to it are refused", self.url_.host, peer);
    return CURL_PREREQFUNC_ABORT;
  }
  if (self.request_.proxy.empty()) {
    const bool inner = inner_literal(peer);
    if (inner && !self.may_go_inside()) {
      self.led_inside_ = self.led_inside(peer);
      return CURL_PREREQFUNC_ABORT;
    }
    self.note_answer(inner);
  }
  self.result_.address = peer;
  if (self.url_.scheme != "https") return CURL_PREREQFUNC_OK;
  curl_tlssessioninfo* info = nullptr;
  if (curl_easy_getinfo(self.handle(), CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info != nullptr &&
      info->backend == CURLSSLBACKEND_OPENSSL && info->internals != nullptr) {
    auto* ssl = static_cast<SSL*>(info->internals);
    self.result_.chain = describe_chain(SSL_get0_peer_certificate(ssl), SSL_get_peer_cert_chain(ssl));
  }
  return CURL_PREREQFUNC_OK;
}

CURLcode FetchTransfer::on_tls_context(CURL*, void* context, void* user) {
  auto& self = *static_cast<FetchTransfer*>(user);
  SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), keep_chain, &self.result_.chain);
  return CURLE_OK;
}

FetchFailure FetchTransfer::failure_of(CURLcode code) const {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return FetchFailure::kDns;
    case CURLE_COULDNT_CONNECT:
      return FetchFailure::kConnect;
    case CURLE_OPERATION_TIMEDOUT:
      return FetchFailure::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
      return FetchFailure::kTls;
    case CURLE_PARTIAL_FILE:
      return FetchFailure::kTruncated;
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      // The answer had begun: what is there is a part of it.
      return result_.headers.empty() ? FetchFailure::kProtocol : FetchFailure::kTruncated;
    default:
      return FetchFailure::kProtocol;
  }
}

void FetchTransfer::read_infos() {
  CURL* curl = handle();
  long status = 0;
  long version = 0;
  char* address = nullptr;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
  result_.status = static_cast<int>(status);
  result_.http_version = version == CURL_HTTP_VERSION_2_0   ? "2"
                         : version == CURL_HTTP_VERSION_1_1 ? "1.1"
                         : version == CURL_HTTP_VERSION_1_0 ? "1.0"
                                                            : "";
  if (address != nullptr && *address != '\0') result_.address = address;
  result_.final_url = to_string(url_);
  result_.dns = timing(curl, CURLINFO_NAMELOOKUP_TIME_T);
  result_.connect = timing(curl, CURLINFO_CONNECT_TIME_T);
  result_.tls = timing(curl, CURLINFO_APPCONNECT_TIME_T);
  result_.first_byte = timing(curl, CURLINFO_STARTTRANSFER_TIME_T);
}

bool FetchTransfer::hop_finished(CURLcode code, SteadyTime) {
  read_infos();
  if (code != CURLE_OK) {
    if (too_large_) {
      fail_with(FetchFailure::kTooLarge,
                fmt::format("the page is larger than {} bytes", request_.body_bytes_max));
    } else if (memory_full_) {
      fail_with(FetchFailure::kTooLarge, "the memory for pages in flight is used up");
    } else if (damaged_) {
      fail_with(FetchFailure::kProtocol, "the body is not what its Content-Encoding says");
    } else if (!refused_.empty()) {
      fail_with(FetchFailure::kRefusedAddress, refused_);
    } else if (!led_inside_.empty() && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
      fail_with(FetchFailure::kLedInside, led_inside_);
    } else {
      fail_with(failure_of(code), detail_[0] != '\0' ? detail_ : curl_easy_strerror(code));
    }
    return false;
  }
  const int status = result_.status;
  const bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (!redirect || location_.empty()) {
    if (decoder_ && !decoder_->complete())
      fail_with(FetchFailure::kTruncated, "the compressed body ends before its end");
    return false;
  }

  auto next = resolve(url_, location_);
  const std::string target = next ? to_string(*next) : location_.substr(0, 1000);
  result_.redirects.push_back({status, result_.final_url, target});
  if (!next || !is_http(*next)) {
    fail_with(FetchFailure::kProtocol, "the redirect leads to no http or https address: " + target);
    return false;
  }
  if (static_cast<int>(result_.redirects.size()) > request_.redirects_max) {
    fail_with(FetchFailure::kTooManyRedirects, fmt::format("more than {} redirects", request_.redirects_max));
    return false;
  }
  url_ = *std::move(next);
  release_body();
  result_.body.clear();
  result_.headers.clear();
  result_.chain.clear();
  return true;
}

void FetchTransfer::deliver(SteadyTime now) {
  result_.total = std::chrono::duration_cast<microseconds>(now - began_);
  if (result_.final_url.empty()) result_.final_url = to_string(url_);
  release_body();
  if (result_.body.capacity() > result_.body.size() + kSlackMax) result_.body.shrink_to_fit();
  auto done = std::move(done_);
  done(std::exchange(result_, {}));
}

}  // namespace vedette::net
