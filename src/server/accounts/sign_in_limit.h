// SignInLimit: slows down the guessing of passwords. Counts failures per (account, address), per account and
// per address over a window, in bounded memory: when the table is full the entry whose window began first is
// dropped. A restart forgets the counts; guessing gains at most one window's attempts by it. Thread-safe.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace vedette::server {

struct SignInBounds {
  std::int64_t attempts = 5;
  std::chrono::milliseconds window{std::chrono::minutes(15)};
};

class SignInLimit {
 public:
  SignInLimit(const Clock& clock, std::size_t entries_max = 30'000)
      : clock_(clock), entries_max_(entries_max) {}

  // Counts one attempt; returns how long the caller must wait if it has none left (then nothing is counted).
  // Counting comes before the check of the password, so that parallel guesses cannot slip through.
  std::chrono::milliseconds take(const std::string& account, const std::string& address,
                                 const SignInBounds& bounds);
  void succeeded(const std::string& account, const std::string& address);
  std::size_t entries() const;

 private:
  struct Entry {
    std::string key;
    SteadyTime since;
    std::int64_t count = 0;
  };
  using Entries = std::list<Entry>;  // by the begin of their windows
  Entries::iterator entry(const std::string& key, std::chrono::milliseconds window);

  const Clock& clock_;
  const std::size_t entries_max_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
};

}  // namespace vedette::server
