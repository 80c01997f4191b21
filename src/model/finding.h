// Finding: what a watch reports. Shaped after OCSF 1.3 Detection Finding (class_uid 2004); to_ocsf() writes
// that form.
//
// A finding explains itself: what (title), where (element of an asset), why (reason), before and after, how
// sure we are, and what to do next. Findings with one dedup_key become one alert at the desk. Plain value.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"
#include "model/severity.h"

namespace vedette {

enum class Watch { kSites, kFiles, kLogs, kPatches, kMessages, kDesk };  // kDesk: Vedette about itself
std::string_view to_string(Watch watch);
std::optional<Watch> watch_from(std::string_view text);

struct Asset {
  std::string type;  // "site", "host", "service", "channel"
  std::string id;    // stable id in the store
  std::string name;  // for the person
  bool operator==(const Asset&) const = default;
};

// Something kept in the evidence store, by the SHA-256 of its bytes.
struct Evidence {
  std::string kind;  // "page", "rendered_page", "visitor_page", "screenshot", "certificate", "dns_answer"
  std::string sha256;
  std::string note;  // e.g. "before", "after"
  bool operator==(const Evidence&) const = default;
};

enum class FindingState {
  kPresent,   // it is so now
  kResolved,  // the watch no longer sees it (a site is back): lets the desk note recovery, never closes by
              // itself
};

struct Finding {
  std::string uid;  // UUIDv7
  Watch watch = Watch::kSites;
  std::string kind;  // stable rule name, e.g. "page_replaced", "foreign_script", "tls_expiring"
  FindingState state = FindingState::kPresent;
  Severity severity = Severity::kInformational;
  int confidence = 0;  // 0 to 100 (OCSF confidence_score)
  Asset asset;
  Message title;
  Message reason;
  Message next_step;
  std::string where;   // the exact element: "script[src] https://evil.example/x.js", "/html/body/div[3]"
  std::string before;  // at most kExcerptMax bytes each, valid UTF-8
  std::string after;
  std::vector<std::string> attack;  // ATT&CK technique ids, e.g. "T1491.002"
  std::vector<Evidence> evidence;
  std::string dedup_key;  // e.g. "sites/<site id>/content"
  WallTime observed_at{};

  static constexpr std::size_t kExcerptMax = 4096;
  bool operator==(const Finding&) const = default;
};

boost::json::value to_json(const Finding& finding);  // lossless; our own field names
Result<Finding> finding_from_json(const boost::json::value& json);
boost::json::value to_ocsf(const Finding& finding, Language language);

}  // namespace vedette
