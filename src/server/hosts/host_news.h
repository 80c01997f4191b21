// HostNews: tells whoever listens that a host or a file incident changed, after the commit. Thread-safe; the
// listener is called from any thread and must not block.
#pragma once

#include <functional>
#include <mutex>
#include <string>

namespace vedette::server {

class HostNews {
 public:
  enum class What { kHost, kFileIncident };
  using Listener = std::function<void(What, const std::string& id)>;

  void on_change(Listener listener) {
    std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }
  void tell(What what, const std::string& id) const {
    std::lock_guard lock(mutex_);
    if (listener_) listener_(what, id);
  }

 private:
  mutable std::mutex mutex_;
  Listener listener_;
};

}  // namespace vedette::server
