// Site: one watched address, as configured and as last seen. Plain values; the JSON forms are the API's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "model/message.h"

namespace vedette::sites {

enum class RenderPolicy { kAuto, kNever, kAlways };

struct SiteConfig {
  std::string name;  // empty: the host name
  std::string url;   // http or https
  bool enabled = true;
  std::chrono::seconds interval{60};
  RenderPolicy render = RenderPolicy::kAuto;
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string user_agent;  // empty: the default one
  std::string proxy;
  std::string basic_user;
  Secret basic_password;
  Secret bearer_token;
  std::string ca_file;
  bool verify_tls = true;
  std::vector<std::string> dns_resolvers;  // empty: the configured ones
  bool tour = false;                       // belongs to the tour and goes with it
};

enum class SiteState { kLearning, kOk, kWarn, kCritical, kUnavailable, kPaused, kMaintenance, kBlind };

struct Site {
  std::string id;
  SiteConfig config;
  SiteState state = SiteState::kLearning;
  int learned = 0;       // fetches the profile has learnt from
  int learn_target = 0;  // fetches needed before it judges
  std::optional<WallTime> created_at, last_check_at, last_change_at, next_check_at, window_until;
  std::string last_error;      // of the last check, in English; empty when it worked
  Message last_error_message;  // the same for render(); empty key when it worked
  int http_status = 0;
  std::int64_t latency_ms = 0;
  std::vector<std::int32_t> latency_spark;  // the last 30, oldest first, -1: no answer
  std::string last_snapshot;                // id
  std::string reference_snapshot;           // id of the newest snapshot the profile accepts
};

struct Check {
  std::string id;
  WallTime at{};
  std::string verdict;  // "ok", "warn", "critical", "unavailable", "learning"
  int http_status = 0;
  std::int64_t latency_ms = 0;
  std::int64_t bytes = 0;
  std::string detail;      // in English
  Message detail_message;  // the same for render(); empty key when there is nothing to say
  std::string snapshot;    // id; empty when none was kept
};

struct Snapshot {
  std::string id;
  WallTime at{};
  std::string kind;  // "page", "rendered_page", "screenshot", "visitor_page" (shown to robots or phones only)
  std::string sha256;
  std::int64_t bytes = 0;
  std::string verdict;
  bool approved = false;
};

// One row of the before/after view.
struct CompareBlock {
  enum class Op { kSame, kAdded, kRemoved } op = Op::kSame;
  std::string where;
  std::string text;
};

struct IgnoreRule {
  std::string id;
  std::string where;  // element path or origin, as a finding named it
  std::string reason;
  std::string by;
  WallTime at{};
};

}  // namespace vedette::sites
