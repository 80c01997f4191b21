// How a finding of the judge is built: its message keys follow its kind ("sites.<kind>.title", ".reason",
// ".next"), so that every kind has its three sentences in each catalogue. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sites/judge/judge.h"

namespace vedette::sites {

struct FindingSpec {
  std::string_view kind = {};
  Severity severity = Severity::kMedium;
  int confidence = 50;
  bool hostile = false, at_once = false;
  std::string where = {};
  std::string_view before = {}, after = {};
  std::vector<std::string> attack = {};
  std::map<std::string, std::string> arguments = {};
};

PageFinding make_finding(const FindingSpec& spec);
// Every kind make_finding may be called with: tests check the catalogues against it.
const std::vector<std::string_view>& finding_kinds();

}  // namespace vedette::sites
