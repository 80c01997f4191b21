#include "net/http_client.h"

#include <fmt/format.h>

#include "net/curl_handle.h"
#include "net/url.h"

namespace vedette::net {
namespace {

struct Sink {
  HttpClientResponse* response;
  std::size_t bytes_max;
  bool overflow = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& sink = *static_cast<Sink*>(to);
  if (sink.response->body.size() + size > sink.bytes_max) {
    sink.overflow = true;
    return CURL_WRITEFUNC_ERROR;
  }
  sink.response->body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* to) {
  auto& headers = static_cast<Sink*>(to)->response->headers;
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    headers.clear();  // an interim answer came before
  } else if (auto colon = line.find(':'); colon != std::string_view::npos && headers.size() < 256) {
    auto value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    headers.emplace_back(line.substr(0, colon), value);
  }
  return size;
}

ErrorCode code_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kInvalid;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    default:
      return ErrorCode::kUnavailable;
  }
}

// What errors call the peer. The path of a webhook is a password, and its query may be one; an error ends in
// logs, mails and on screens.
std::string peer_of(const std::string& url) {
  auto origin = origin_of(url);
  return origin.empty() ? "the address" : origin;
}

}  // namespace

Result<HttpClientResponse> http_call(const HttpClientRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::kInvalid, fmt::format("header {}: a line break is not allowed", name));
    }
  }
  auto handle = new_curl_easy(request.proxy);
  CURL* curl = handle.get();
  guard_addresses(curl, request.allow_loopback);
  HttpClientResponse response;
  Sink sink{&response, request.response_bytes_max};
  char detail[CURL_ERROR_SIZE] = "";
  CurlList headers;
  for (const auto& [name, value] : request.headers) headers.add(name + ": " + value);
  headers.add("Expect:");

  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "Vedette");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &sink);
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.pinned_key.empty()) {
    curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, request.pinned_key.c_str());
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    // Nor is the system's list of authorities read, which takes longer and more memory than all the rest.
    curl_easy_setopt(curl, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (!request.client_certificate.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, request.client_certificate.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, request.client_key.c_str());
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
             request.method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  }

  auto code = curl_easy_perform(curl);
  if (sink.overflow) {
    return fail(ErrorCode::kLimit, fmt::format("{}: the answer is longer than {} bytes", peer_of(request.url),
                                               request.response_bytes_max));
  }
  if (code != CURLE_OK) {
    return fail(code_of(code),
                fmt::format("{}: {}", peer_of(request.url), *detail ? detail : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace vedette::net
