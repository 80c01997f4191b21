// EventKinds: how many events of which kind a sender sent. A kind is what the source itself calls it:
// Windows' event id, Suricata's event_type, ECS event.action, the program that wrote the line.
//
// Bounded: kKindsMax kinds with a name, the first that came; what comes later is one kind, "*". Plain value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vedette::logs {

class EventKinds {
 public:
  static constexpr std::size_t kKindsMax = 64;

  void add(std::string_view kind, std::uint64_t events) {
    auto at = counts_.find(kind);
    if (at == counts_.end()) at = counts_.try_emplace(std::string(named() ? kind : "*")).first;
    at->second += events;
    total_ += events;
  }
  void add(const EventKinds& other) {
    for (const auto& [kind, events] : other.counts_) add(kind, events);
  }
  std::uint64_t total() const { return total_; }
  std::uint64_t of(std::string_view kind) const {
    const auto at = counts_.find(kind);
    return at == counts_.end() ? 0 : at->second;
  }
  const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }

 private:
  bool named() const { return counts_.size() < kKindsMax; }
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace vedette::logs
