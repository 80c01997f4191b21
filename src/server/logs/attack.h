// MITRE ATT&CK (Enterprise) as the console draws it: tactics, techniques below them, and which of them the
// rules look for. The list is content/attack/enterprise.tsv; sub-techniques are told under their technique.
// Pure; any thread. Source: https://attack.mitre.org
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/schema.h"

namespace vedette::server {

struct AttackTechnique {
  std::string_view id, name;
  std::vector<std::string_view> tactics;  // "initial-access" …, in the order of kAttackTactics
};
// In the order of an attack.
inline constexpr std::string_view kAttackTactics[] = {
    "reconnaissance",       "resource-development", "initial-access",    "execution", "persistence",
    "privilege-escalation", "defense-evasion",      "credential-access", "discovery", "lateral-movement",
    "collection",           "command-and-control",  "exfiltration",      "impact"};

// By their ids. Asserts that the embedded list is well formed.
std::span<const AttackTechnique> attack_techniques();

struct AttackCount {
  std::uint64_t rules = 0, off = 0,
                blind = 0;  // rules that look for it; of these switched off, or cannot fire
  std::uint64_t hits = 0;
};
// `counts`: by technique or sub-technique, "T1059", "T1059.001". What the list does not know is told apart.
boost::json::object attack_coverage_json(const std::map<std::string, AttackCount>& counts);
Schema attack_coverage_shape();

}  // namespace vedette::server
