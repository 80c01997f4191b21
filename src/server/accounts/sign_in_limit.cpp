#include "server/accounts/sign_in_limit.h"

#include "base/hash.h"

namespace vedette::server {
namespace {

// Hashed, so that a long made-up account name takes no more room than a short one.
std::string pair_key(const std::string& account, const std::string& address) {
  return "p" + sha256_hex(account + "\n" + address);
}
std::string account_key(const std::string& account) { return "a" + sha256_hex(account); }
std::string address_key(const std::string& address) { return "i" + sha256_hex(address); }
constexpr std::int64_t kWideFactor = 10;

}  // namespace

SignInLimit::Entries::iterator SignInLimit::entry(const std::string& key, std::chrono::milliseconds window) {
  auto now = clock_.steady();
  if (auto found = by_key_.find(key); found != by_key_.end()) {
    if (now - found->second->since < window) return found->second;
    entries_.erase(found->second);
    by_key_.erase(found);
  }
  if (entries_.size() >= entries_max_) {
    by_key_.erase(entries_.front().key);
    entries_.pop_front();
  }
  entries_.push_back({key, now, 0});
  auto added = std::prev(entries_.end());
  by_key_[key] = added;
  return added;
}

std::chrono::milliseconds SignInLimit::take(const std::string& account, const std::string& address,
                                            const SignInBounds& bounds) {
  std::lock_guard lock(mutex_);
  auto now = clock_.steady();
  struct Counted {
    std::string key;
    std::int64_t most;
  };
  const Counted counted[] = {{pair_key(account, address), bounds.attempts},
                             {account_key(account), bounds.attempts * kWideFactor},
                             {address_key(address), bounds.attempts * kWideFactor}};
  std::chrono::milliseconds wait{0};
  for (const auto& one : counted) {
    auto at = entry(one.key, bounds.window);
    if (at->count < one.most) continue;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(at->since + bounds.window - now);
    wait = std::max({wait, left, std::chrono::milliseconds(1000)});
  }
  if (wait.count() > 0) return wait;
  for (const auto& one : counted) ++entry(one.key, bounds.window)->count;
  return wait;
}

void SignInLimit::succeeded(const std::string& account, const std::string& address) {
  std::lock_guard lock(mutex_);
  auto forget = [&](const std::string& key) {
    if (auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.erase(found->second);
      by_key_.erase(found);
    }
  };
  forget(pair_key(account, address));
  forget(account_key(account));
  // The address keeps its count but for this attempt: one own account must not wash off guesses at others.
  if (auto found = by_key_.find(address_key(address)); found != by_key_.end() && found->second->count > 0)
    --found->second->count;
}

std::size_t SignInLimit::entries() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace vedette::server
