// SyslogListener: takes syslog messages from the network: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).
// What they say is somebody else's business; here they are bytes with an origin.
//
//   network (1)  all sockets; hands over batches and must not be kept waiting
//
// `take` is called on that thread. False: there is no room. TCP and TLS then read no further and offer the
// same batch again, so the sender waits; a datagram cannot wait and is dropped and counted, as are those the
// kernel dropped (SO_RXQ_OVFL). start() and stop() by one thread; port() after start().
//
// Limits: message_bytes_max a message, connections_max connections, idle_max without a byte. Errors of
// start(): the message names address and cause.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "net/http_server.h"

namespace vedette::net {

struct SyslogMessage {
  std::string bytes;  // without framing; never empty
  std::string peer;   // IP address
};
enum class SyslogTransport { kUdp, kTcp, kTls };

struct SyslogEndpoint {
  SyslogTransport transport = SyslogTransport::kUdp;
  std::string address;  // IP address
  std::uint16_t port = 0;
};
struct SyslogListenerOptions {
  std::vector<SyslogEndpoint> endpoints;
  std::optional<TlsFiles> tls;  // for kTls
  std::size_t message_bytes_max = 64 * 1024;
  std::size_t connections_max = 512;
  std::chrono::seconds idle_max{600};
  std::chrono::milliseconds full_pause{50};  // before a refused batch is offered again
  int udp_buffer_bytes = 8 << 20;            // of the socket; the kernel may give less
};

class SyslogListener {
 public:
  using Take = std::function<bool(std::vector<SyslogMessage>& batch)>;  // true: it has taken them out

  virtual ~SyslogListener() = default;
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
  // Of the n-th endpoint.
  virtual std::uint16_t port(std::size_t endpoint) const = 0;

  struct Status {
    std::uint64_t messages = 0, udp_dropped = 0, cut = 0, broken_streams = 0, refused_connections = 0;
    std::size_t connections = 0;
  };
  virtual Status status() const = 0;
};

std::unique_ptr<SyslogListener> make_syslog_listener(SyslogListenerOptions options, SyslogListener::Take take,
                                                     Metrics& metrics);

}  // namespace vedette::net
