// Ownership of libcurl's C objects, and the settings every transfer of ours shares. Only for .cpp files of
// src/net.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "base/assert.h"

namespace vedette::net {

struct CurlEasyCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyCleanup>;

class CurlList {
 public:
  CurlList() = default;
  CurlList(const CurlList&) = delete;
  CurlList& operator=(const CurlList&) = delete;
  CurlList(CurlList&& other) noexcept : list_(other.list_) { other.list_ = nullptr; }
  ~CurlList() { curl_slist_free_all(list_); }
  void add(const std::string& line) {
    auto* longer = curl_slist_append(list_, line.c_str());
    VEDETTE_ASSERT(longer != nullptr);  // out of memory
    list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// A new handle, after libcurl's one-time initialisation: no signals, no proxy from the environment unless
// `proxy`.
CurlEasy new_curl_easy(const std::string& proxy);
// As new_curl_easy("") makes it, with the connections that it keeps.
void reset_curl_easy(CURL* handle);

// Makes the handle refuse what the address gate refuses, at the moment of connecting. With a proxy the peer
// is the proxy itself, which the administrator chose; it resolves the target, and the gate then sees literal
// targets only.
void guard_addresses(CURL* handle, bool allow_loopback);

}  // namespace vedette::net
