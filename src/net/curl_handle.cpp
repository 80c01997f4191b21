#include "net/curl_handle.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/address_gate.h"

namespace vedette::net {
namespace {

curl_socket_t open_socket(void* allow_loopback, curlsocktype, curl_sockaddr* address) {
  if (refused_address(address->addr, allow_loopback != nullptr)) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

CurlEasy new_curl_easy(const std::string& proxy) {
  static const bool initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  VEDETTE_ASSERT(initialised);
  CurlEasy handle(curl_easy_init());
  VEDETTE_ASSERT(handle != nullptr);
  reset_curl_easy(handle.get());
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, proxy.c_str());
  return handle;
}

void reset_curl_easy(CURL* handle) {
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
}

void guard_addresses(CURL* handle, bool allow_loopback) {
  static char yes;
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, allow_loopback ? &yes : nullptr);
}

}  // namespace vedette::net
