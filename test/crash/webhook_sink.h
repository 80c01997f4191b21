// WebhookSink: a small real HTTP/1.1 receiver on a loopback port. It checks each call's signature and counts
// the calls of each Idempotency-Key. One thread; the figures may be read at any time.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vedette::crash {

class WebhookSink {
 public:
  explicit WebhookSink(std::string secret);
  ~WebhookSink();

  int port() const { return port_; }
  std::map<std::string, int> calls() const;  // by key
  int refused() const;                       // calls whose signature or form was wrong
  struct Call {
    std::string key, life, body;  // `life`: the header X-Life, of those who set it
    std::chrono::steady_clock::time_point at;
  };
  std::vector<Call> log() const;  // in the order in which they came

 private:
  void run(const std::stop_token& stop);
  void answer(int connection);

  const std::string secret_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, int> calls_;
  std::vector<Call> log_;
  int refused_ = 0;
  std::jthread thread_;
};

}  // namespace vedette::crash
