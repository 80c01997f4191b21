// What a regular expression needs, found by asking RE2's own prefilter: it tells for any set of literals
// whether the expression could still match. Its answer grows with the set, so leaving literals out one by one
// gives a smallest set of which one is always needed.
#include <re2/filtered_re2.h>

#include <string>
#include <vector>

#include "logs/match/prepared_predicate.h"

namespace vedette::logs::match {
namespace {

constexpr int kAtomBytesMin = 3;
constexpr std::size_t kAtomsMax = 64;

bool plain(const std::string& atom) {
  return std::ranges::all_of(atom, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The smallest set of atoms that the expression cannot do without, preferring to keep those for which `keep`
// comes last in `order`; empty where it can do without all of them.
std::vector<int> needed(const re2::FilteredRE2& filter, std::vector<int> always, std::vector<int> order) {
  const auto could_match = [&](const std::vector<int>& present) {
    std::vector<int> potentials;
    filter.AllPotentials(present, &potentials);
    return !potentials.empty();
  };
  if (could_match(always)) return {};
  // Present atoms grow as long as the expression still cannot match; who would let it match is needed.
  std::vector<int> missing;
  for (const int atom : order) {
    always.push_back(atom);
    if (!could_match(always)) continue;
    always.pop_back();
    missing.push_back(atom);
  }
  return missing;
}

}  // namespace

std::vector<std::string> required_literals(const std::string& pattern) {
  re2::FilteredRE2 filter(kAtomBytesMin);
  RE2::Options options;
  options.set_log_errors(false);
  int id = 0;
  if (filter.Add(pattern, options, &id) != RE2::NoError) return {};
  std::vector<std::string> atoms;
  filter.Compile(&atoms);
  if (atoms.empty() || atoms.size() > kAtomsMax) return {};
  // Atoms beyond ASCII are lowered by RE2 in its own way: taken as present always.
  std::vector<int> always, order;
  for (int i = 0; i < static_cast<int>(atoms.size()); ++i) (plain(atoms[i]) ? order : always).push_back(i);
  // Long atoms say most: they are the last to be taken as present.
  std::ranges::stable_sort(order, [&](int a, int b) { return atoms[a].size() < atoms[b].size(); });
  std::vector<std::string> out;
  for (const int atom : needed(filter, std::move(always), std::move(order))) out.push_back(atoms[atom]);
  return out;
}

}  // namespace vedette::logs::match
