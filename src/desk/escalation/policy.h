// EscalationPolicy: who is told about an alert, by what, and when the next, until a person answers.
//
// A policy is changed by adding a version; versions are never edited. An alert keeps the version its cycle
// began with, so a change does not reach what is already climbing. The policy "default" takes every watch
// that no other policy names; it is what the contact ladder was.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "model/finding.h"

namespace vedette::desk {

inline constexpr std::string_view kDefaultPolicy = "default";

enum class TargetKind { kChannel, kPerson, kTier };
std::string_view to_string(TargetKind kind);  // "channel", "person", "tier"

// Channel: everybody it names, at once. Person: their contacts one after the other. Tier: the person on duty
// there at that moment; in a watch period (periods/) those on duty.
struct EscalationTarget {
  TargetKind kind = TargetKind::kChannel;
  std::string id = {};    // of the channel, the person or the roster
  std::string tier = {};  // of the roster
  bool operator==(const EscalationTarget&) const = default;
};

struct EscalationStep {
  int after_minutes = 0;  // since the alert; the first step has 0
  std::vector<EscalationTarget> targets = {};
  bool operator==(const EscalationStep&) const = default;
};

struct EscalationPolicy {
  std::string id = {}, name = {};
  std::int64_t version = 0;
  std::vector<EscalationStep> steps = {};
  int repeat_last_minutes = 15;                 // the last step again until acknowledged; 0: never
  Severity least = Severity::kHigh;             // alerts below are shown, not sent
  std::vector<EscalationTarget> fallback = {};  // when a step reaches nobody; none: every enabled channel
  int acknowledge_minutes = 0;                  // after which an acknowledged alert is new again; 0: never
  std::vector<Watch> watches = {};              // whose alerts it takes; none for "default" alone
};

// Who made a version, and when.
struct PolicyVersion {
  EscalationPolicy policy = {};
  std::string by = {};
  WallTime at{};
};
inline constexpr std::int64_t kVersionsShown = 100;

// What a policy comes to when an alert is raised at a moment: "02:10 on 2 September: who, when, by what".
struct SimulatedStep {
  WallTime at{};
  struct Message {
    std::string channel = {}, target = {}, person = {};  // names
  };
  std::vector<Message> messages = {};
  std::vector<std::string> nobody = {};  // persons and tiers that came to nobody
  bool by_fallback = false;
};

}  // namespace vedette::desk
