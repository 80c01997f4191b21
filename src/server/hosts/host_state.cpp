#include "server/hosts/host_state.h"

#include <boost/json.hpp>

#include "server/hosts/told.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kSightsMax = 16, kTreesMax = 64, kWebRootsMax = 256;
constexpr std::int64_t kCountMax = 1ll << 53;

Result<HostState::Sight> sight_of(const json::value& value) {
  Told told(value);
  HostState::Sight out{told.text("what", 32, 1), told.boolean("ok"), told.message_or_nothing("text")};
  TRY(told.checked());
  return out;
}

Result<HostState::Tree> tree_of(const json::value& value) {
  Told told(value);
  HostState::Tree out;
  out.path = told.path("path");
  out.file_system = told.text_or_empty("file_system", 32);
  out.opens_per_second = told.number_or_nothing("opens_per_second");
  out.answer_p50_us = told.number_or_nothing("answer_p50_us");
  out.answer_p99_us = told.number_or_nothing("answer_p99_us");
  out.vault_bytes = told.integer("vault_bytes", 0, kCountMax);
  out.vault_limit_bytes = told.integer("vault_limit_bytes", 0, kCountMax);
  TRY(told.checked());
  return out;
}

}  // namespace

Result<HostState> host_state_from_json(const json::value& value) {
  Told told(value);
  HostState out;
  out.command_key_known = told.boolean("command_key_known");
  out.policy_version = told.integer("policy_version", 0, kCountMax);
  out.mode = told.one_of("mode", {"off", "observe", "hold", "rollback"});
  for (const auto& one : told.list("sights", kSightsMax)) {
    TRY_ASSIGN(auto sight, sight_of(one));
    out.sights.push_back(std::move(sight));
  }
  for (const auto& one : told.list("trees", kTreesMax)) {
    TRY_ASSIGN(auto tree, tree_of(one));
    out.trees.push_back(std::move(tree));
  }
  for (const auto& one : told.list("web_roots", kWebRootsMax)) {
    const auto* path = one.if_string();
    if (!path || path->empty() || path->size() > 4'096 || !is_told_text(*path))
      return fail(ErrorCode::kInvalid, "has a web root that is no path");
    out.web_roots.emplace_back(*path);
  }
  Told spool(told.object("spool"));
  TRY(told.checked());
  out.spool_records = spool.integer("records", 0, kCountMax);
  out.spool_bytes = spool.integer("bytes", 0, kCountMax);
  out.spool_gaps = spool.integer("gaps", 0, kCountMax);
  TRY(spool.checked());
  return out;
}

json::object to_json(const HostState& state) {
  auto number_or_null = [](std::optional<double> number) {
    return number ? json::value(*number) : json::value();
  };
  json::array sights, trees;
  for (const auto& one : state.sights)
    sights.push_back(json::object{
        {"what", one.what}, {"ok", one.ok}, {"text", one.text ? to_json(*one.text) : json::value()}});
  for (const auto& one : state.trees)
    trees.push_back(json::object{{"path", one.path},
                                 {"file_system", one.file_system},
                                 {"opens_per_second", number_or_null(one.opens_per_second)},
                                 {"answer_p50_us", number_or_null(one.answer_p50_us)},
                                 {"answer_p99_us", number_or_null(one.answer_p99_us)},
                                 {"vault_bytes", one.vault_bytes},
                                 {"vault_limit_bytes", one.vault_limit_bytes}});
  return {{"command_key_known", state.command_key_known},
          {"policy_version", state.policy_version},
          {"mode", state.mode},
          {"sights", std::move(sights)},
          {"trees", std::move(trees)},
          {"web_roots", json::array(state.web_roots.begin(), state.web_roots.end())},
          {"spool",
           json::object{
               {"records", state.spool_records}, {"bytes", state.spool_bytes}, {"gaps", state.spool_gaps}}}};
}

bool looks_the_same(const HostState& a, const HostState& b) {
  return a.mode == b.mode && a.policy_version == b.policy_version && a.sights == b.sights &&
         a.web_roots == b.web_roots && a.spool_gaps == b.spool_gaps &&
         std::ranges::equal(a.trees, b.trees, {}, &HostState::Tree::path, &HostState::Tree::path);
}

}  // namespace vedette::server
