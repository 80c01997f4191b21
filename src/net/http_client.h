// HTTP client on libcurl: one blocking call (webhooks, APIs). The fetch engine for thousands of pages is
// fetcher.h.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::net {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{15'000};
  std::size_t response_bytes_max = 1 << 20;
  std::string ca_file;  // empty: the system's
  // "sha256//<base64>" of the peer's public key (certificate_pin). It takes the place of chain and name: for
  // a peer that is known but whose certificate names another address.
  std::string pinned_key;
  std::string client_certificate, client_key;  // PEM files that prove who calls; empty: nobody in particular
  std::string proxy;
  bool allow_loopback = true;  // link-local and cloud metadata addresses are always refused
};

struct HttpClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Does not follow redirects. Thread-safe. Errors name the origin of the URL and never more of it: the rest
// may be a secret.
Result<HttpClientResponse> http_call(const HttpClientRequest& request);

// The pinned_key of the first certificate in a PEM file. kInvalid: there is none.
Result<std::string> certificate_pin(const std::string& certificate_path);

}  // namespace vedette::net
