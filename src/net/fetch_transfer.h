// FetchTransfer: one fetch on one libcurl handle, with all its redirects. Lives on the fetcher's thread only.
#pragma once

#include <cstddef>
#include <optional>

#include "net/content_decoder.h"
#include "net/curl_handle.h"
#include "net/fetcher.h"
#include "net/url.h"

namespace vedette::net {

// What all transfers of one fetcher share.
struct FetchBudget {
  std::size_t body_bytes = 0;  // in flight
  std::size_t expected = 0;    // of the running transfers together
  std::size_t body_bytes_max = 0;
};

class FetchTransfer {
 public:
  FetchTransfer(FetchRequest request, Url url, Fetcher::Done done, FetchBudget& budget, SteadyTime now);
  ~FetchTransfer();
  FetchTransfer(const FetchTransfer&) = delete;
  FetchTransfer& operator=(const FetchTransfer&) = delete;

  // Prepares the handle for the next hop. False: there is none, the result is final.
  bool prepare(SteadyTime now);
  // libcurl has finished the hop. True: a redirect was recorded, call prepare() again.
  bool hop_finished(CURLcode code, SteadyTime now);
  void cancel();
  // Hands the result to `done`. Once.
  void deliver(SteadyTime now);

  CURL* handle() const { return handle_.get(); }
  const std::string& host() const { return first_.host; }
  std::size_t expected() const { return expected_bytes(request_); }
  static std::size_t expected_bytes(const FetchRequest& request);
  FetchFailure failure() const { return result_.failure; }

 private:
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* user);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* user);
  static curl_socket_t on_socket(void* user, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* user, char* peer, char* local, int peer_port, int local_port);
  static CURLcode on_tls_context(CURL* handle, void* context, void* user);

  bool keep(std::string_view decoded);
  void set_headers();
  void set_login();
  bool same_party() const;  // may see credentials: the first host, not over a weaker channel
  bool may_go_inside() const;
  std::string led_inside(std::string_view address) const;
  void note_answer(bool inner);
  void release_body();
  void read_infos();
  void fail_with(FetchFailure failure, std::string detail);
  FetchFailure failure_of(CURLcode code) const;

  const FetchRequest request_;
  const Url first_;
  Url url_;  // of this hop
  Fetcher::Done done_;
  FetchBudget& budget_;
  const SteadyTime began_;
  CurlEasy handle_;
  std::optional<CurlList> headers_;
  std::optional<CurlList> resolve_;
  FetchResult result_;
  std::string location_;
  std::string refused_;     // address, and why
  std::string led_inside_;  // where the outside led
  bool outside_ = false;    // a public address has answered
  bool first_outside_ = false;
  std::vector<std::pair<std::string, bool>> answered_;  // hosts, and whether from an inner address
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  bool memory_full_ = false;
  std::optional<ContentDecoder> decoder_;  // of this hop, from the first byte of its body on
  bool damaged_ = false;                   // the body is not what its Content-Encoding says
  char detail_[CURL_ERROR_SIZE] = "";
};

}  // namespace vedette::net
