// A unit of the organisation: a department, a district, a branch. Units are a tree with one root, which is
// the organisation as a whole. Assets belong to a unit (to the root, if nobody said otherwise); an alert
// takes the unit of its asset when it is raised, and its escalation policy from there. Plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::desk {

inline constexpr std::string_view kRootUnit = "root";  // always there; its name may be empty

struct UnitLimits {
  static constexpr std::int64_t kMost = 2'000;
  static constexpr std::size_t kDepth = 8;  // levels, the root's among them
  static constexpr std::size_t kNameBytes = 200, kCodeBytes = 32, kContactBytes = 500;
  static constexpr std::int64_t kAssetsShown = 10'000;
};

struct Unit {
  std::string id = {};
  std::int64_t revision = 0;
  std::string name = {};
  std::string code = {};       // short, of letters, digits, ".", "-" and "_"; nobody else's in any case
  std::string parent = {};     // empty: the root
  std::string tlp = {};        // how far what concerns it may be passed on; empty: nobody said
  std::string contact = {};    // whom to ask there
  std::string policy_id = {};  // who is told of its alerts; empty: as of its parent
  bool operator==(const Unit&) const = default;
};

// Something that alerts are about. A host goes by its id, or by the name that events carry.
struct AssetUnit {
  std::string type = {};  // "site", "host", "service" (a log source) or "heartbeat"
  std::string id = {};
  std::string name = {};
  std::string unit = {};
  bool operator==(const AssetUnit&) const = default;
};

// kInvalid, naming the field.
Result<void> check_unit(const Unit& unit);

}  // namespace vedette::desk
