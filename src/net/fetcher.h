// Fetcher: thousands of page fetches in one thread on libcurl multi.
//
// fetch() queues a request and returns; `done` is called once, on the fetcher's own thread, and must be quick
// (hand the work to a pool). Limits hold for every fetch: bytes after decompression, whole time, redirects,
// per-host parallelism. A body whose compressed stream or announced length is not complete is kTruncated.
// Destination addresses are checked at connect time, after DNS, on every redirect (SSRF): what is always
// refused (address_gate.h), and where the outside leads: once a public address has answered, a private or
// loopback one is connected to only when `inner_host` knows the host, or when it was that host's own address
// before (the way back from a sign-in outside). Behind a proxy, which resolves the names, only literal
// addresses can be judged so.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/secret.h"

namespace vedette::net {

struct FetchRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string user_agent;
  std::string etag;           // set: If-None-Match
  std::string last_modified;  // set: If-Modified-Since
  std::string basic_user;
  Secret basic_password;
  Secret bearer_token;
  std::string proxy;
  std::string ca_file;
  bool verify_tls = true;
  bool allow_loopback = false;  // private ranges are allowed, loopback only so, link-local and metadata never
  bool from_outside = false;    // the address was found on a public page: see above
  // Hosts (without brackets) and ports that the outside may lead to although they are inner ones. On the
  // fetcher's thread; quick.
  std::function<bool(std::string_view host, std::uint16_t port)> inner_host;
  std::size_t body_bytes_max = 8u << 20;
  std::chrono::milliseconds timeout{20'000};
  std::chrono::milliseconds connect_timeout{10'000};
  int redirects_max = 8;
  bool fresh_connection = false;     // a name lookup and a connection of its own, closed afterwards
  bool urgent = false;               // goes before the host's other fetches that wait
  std::size_t expected_bytes = 0;    // what the body will probably hold, decoded; 0: unknown
  std::vector<std::string> resolve;  // "host:port:address" fixed answers, for tests and pinned sites
};

struct Redirect {
  int status = 0;
  std::string from;
  std::string to;
};

struct PeerCertificate {
  std::string subject;
  std::string issuer;
  std::vector<std::string> names;  // SAN dNSName and iPAddress
  WallTime not_before{};
  WallTime not_after{};
  std::string sha256;      // of the DER
  std::string key_sha256;  // of SubjectPublicKeyInfo (RFC 7469 pin form, hex)
};

enum class FetchFailure {
  kNone,
  kDns,
  kConnect,
  kTls,
  kTimeout,
  kTooLarge,
  kTooManyRedirects,
  kRefusedAddress,
  kLedInside,  // from a public address to a private or loopback one
  kTruncated,
  kProtocol,
  kCancelled
};
std::string_view to_string(FetchFailure failure);

struct FetchResult {
  FetchFailure failure = FetchFailure::kNone;
  std::string failure_detail;  // for the person
  int status = 0;
  std::string final_url;
  std::string address;       // the peer's IP
  bool outside = false;      // the first or the last address that answered was a public one
  std::string http_version;  // "1.1", "2"
  std::vector<Redirect> redirects;
  std::vector<std::pair<std::string, std::string>> headers;  // of the last response
  std::string body;                                          // decoded; what was read so far on failure
  std::vector<PeerCertificate> chain;                        // leaf first; empty without TLS
  std::chrono::microseconds dns{}, connect{}, tls{}, first_byte{}, total{};
};

struct FetcherOptions {
  std::size_t queue = 20'000;
  std::size_t parallel_max = 512;
  std::size_t per_host_max = 4;
  // What the bodies in flight are expected to hold together; further fetches wait. One alone may hold more.
  std::size_t body_memory_goal = 48u << 20;
  std::size_t body_memory_max = 256u << 20;  // what they may really hold: beyond it a fetch fails
  // Bytes of bodies that were handed out and are still held; they count towards the goal. Outlives the
  // fetcher.
  const std::atomic<std::size_t>* held = nullptr;
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  using Done = std::function<void(FetchResult)>;
  // Refuses (kLimit) when the queue is full; `done` is then not called.
  virtual Result<void> fetch(FetchRequest request, Done done) = 0;
  virtual std::size_t waiting() const = 0;
  virtual std::size_t running() const = 0;
};
// Destroying the fetcher cancels what runs (`done` gets kCancelled) and joins its thread.
std::unique_ptr<Fetcher> make_fetcher(FetcherOptions options, const Clock& clock, Metrics& metrics);

// fetch() and wait: for commands and tests.
FetchResult fetch_once(Fetcher& fetcher, FetchRequest request);

}  // namespace vedette::net
