#include "server/logs/attack.h"

#include <algorithm>

#include "base/assert.h"
#include "model/content.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

std::string_view take(std::string_view& text, char until) {
  const auto end = std::min(text.find(until), text.size());
  const auto out = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return out;
}

std::vector<AttackTechnique> read_list(std::string_view text) {
  std::vector<AttackTechnique> out;
  while (!text.empty()) {
    auto line = take(text, '\n');
    if (line.empty() || line.front() == '#') continue;
    AttackTechnique one;
    one.id = take(line, '\t');
    one.name = take(line, '\t');
    while (!line.empty()) {
      const auto tactic = take(line, ',');
      VEDETTE_ASSERT(std::ranges::find(kAttackTactics, tactic) != std::end(kAttackTactics));
      one.tactics.push_back(tactic);
    }
    VEDETTE_ASSERT(!one.tactics.empty() && (out.empty() || out.back().id < one.id));
    out.push_back(std::move(one));
  }
  return out;
}

void add(AttackCount& to, const AttackCount& more) {
  to.rules += more.rules;
  to.off += more.off;
  to.blind += more.blind;
  to.hits += more.hits;
}
void put(json::object& into, const AttackCount& count) {
  into["rules"] = count.rules;
  into["off"] = count.off;
  into["blind"] = count.blind;
  into["hits"] = count.hits;
}

std::vector<SchemaField> count_fields(std::vector<SchemaField> with) {
  for (auto name : {"rules", "off", "blind", "hits"}) with.push_back(required(name, count()));
  return with;
}

}  // namespace

std::span<const AttackTechnique> attack_techniques() {
  static const auto techniques = read_list(content::content_file("attack/enterprise.tsv"));
  return techniques;
}

json::object attack_coverage_json(const std::map<std::string, AttackCount>& counts) {
  struct Technique {
    AttackCount all;
    json::array parts;
  };
  std::map<std::string_view, Technique> by_id;
  json::array unknown;
  for (const auto& [id, count] : counts) {
    const auto parent = std::string_view(id).substr(0, id.find('.'));
    const auto known = std::ranges::lower_bound(attack_techniques(), parent, {}, &AttackTechnique::id);
    json::object part{{"id", id}};
    put(part, count);
    if (known == attack_techniques().end() || known->id != parent) {
      unknown.push_back(std::move(part));
      continue;
    }
    auto& technique = by_id[known->id];
    add(technique.all, count);
    technique.parts.push_back(std::move(part));
  }
  json::array techniques;
  for (const auto& one : attack_techniques()) {
    auto found = by_id.find(one.id);
    json::object out{
        {"id", one.id}, {"name", one.name}, {"tactics", json::array(one.tactics.begin(), one.tactics.end())}};
    put(out, found == by_id.end() ? AttackCount{} : found->second.all);
    out["parts"] = found == by_id.end() ? json::array() : std::move(found->second.parts);
    techniques.push_back(std::move(out));
  }
  return {{"tactics", json::array(std::begin(kAttackTactics), std::end(kAttackTactics))},
          {"techniques", std::move(techniques)},
          {"unknown", std::move(unknown)}};
}

Schema attack_coverage_shape() {
  auto part = object(count_fields({required("id", text(20))}));
  auto technique = object(count_fields({required("id", text(20)), required("name", text(200)),
                                        required("tactics", list(text(40))), required("parts", list(part))}));
  return object({required("tactics", list(text(40))), required("techniques", list(std::move(technique))),
                 required("unknown", list(std::move(part)))});
}

}  // namespace vedette::server
