// Tests that rules carry with them, run on the plain evaluator through the readers that real logs go through:
//
// - beside a rule file x.yml of ours, x.test.yml: a list of
//     - log: |            # lines as a service writes them; or `events:` a list of mappings, as JSON
//         …
//       format: text      # a name of `vedette logs formats`; "auto" where it is left out
//       matches: 1        # how often the file's rules or correlations are reported; 0: must stay silent
//       why: …            # for the person who reads a failure
// - SigmaHQ's regression data: info.yml with the ids of rules and a path to their events (EVTX or JSON). The
// rule
//   must match at least as often as stated, at least once where nothing is stated.
//
// One thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "logs/sigma/load.h"

namespace vedette::logs::sigma {

struct RuleTest {
  std::string file;  // with `line` for the person
  std::uint32_t line = 0;
  std::string why;
  std::vector<std::string> rule_ids;  // whose matches are counted
  std::string format = "auto";
  std::string log;             // the bytes, or
  std::filesystem::path data;  // the file of them
  std::uint64_t matches = 1;
  bool at_least = false;
};

struct RuleTestResult {
  const RuleTest* test = nullptr;
  bool passed = false;
  std::string trouble;  // why not
};

struct RuleTests {
  std::vector<RuleTest> tests;
  std::vector<Refusal> refused;
  std::vector<std::string>
      untested;  // ids of rules of our kind of file that have no positive or no negative test
};

// All tests below `folders`. The set is the one loaded from the same folders.
RuleTests find_rule_tests(std::span<const std::filesystem::path> folders, const RuleSet& set);
// Errors: the readers' own patterns cannot be had.
Result<std::vector<RuleTestResult>> run_rule_tests(const RuleTests& tests, const RuleSet& set,
                                                   const std::vector<Pipeline>& pipelines);

}  // namespace vedette::logs::sigma
