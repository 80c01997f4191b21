#include <fmt/format.h>

#include <boost/json.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "desk/playbooks/cacao.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::string_view kCreated = "2026-11-29T00:00:00.000Z";

json::object both_languages(const TwoLanguages& text) { return {{"vi", text.vi}, {"en", text.en}}; }

json::object extension_of(const PlaybookStep& step) {
  json::object out{{"step", step.id},
                   {"phase", to_string(step.phase)},
                   {"role", step.role},
                   {"due_minutes", step.due_minutes},
                   {"title", both_languages(step.title)},
                   {"what", both_languages(step.what)}};
  if (!step.evidence.vi.empty() || !step.evidence.en.empty()) out["evidence"] = both_languages(step.evidence);
  return out;
}

json::object extension_of(const Playbook& playbook) {
  return {{"name", both_languages(playbook.name)},
          {"summary", both_languages(playbook.summary)},
          {"kinds", json::array(playbook.kinds.begin(), playbook.kinds.end())},
          {"attack", json::array(playbook.attack.begin(), playbook.attack.end())}};
}

json::object action_of(const PlaybookStep& step, Language language, std::string next) {
  auto description = step.what.in(language);
  if (!step.evidence.in(language).empty()) description += "\n\n" + step.evidence.in(language);
  json::array commands;
  commands.push_back(json::object{{"type", "manual"}, {"command", step.what.in(language)}});
  json::object extensions;
  extensions[cacao_extension_id()] = extension_of(step);
  return {{"type", "action"},
          {"name", step.title.in(language)},
          {"description", std::move(description)},
          {"on_completion", std::move(next)},
          {"commands", std::move(commands)},
          {"agent", cacao_id("group", step.role)},
          {"step_extensions", std::move(extensions)}};
}

}  // namespace

std::string cacao_id(std::string_view type, std::string_view name) {
  static const auto vedette = boost::uuids::string_generator()("6f0d4c8e-3a52-4b0e-9d3b-5f6f2a0d9b41");
  const boost::uuids::name_generator_sha1 generator(vedette);
  const auto whole = fmt::format("{}/{}", type, name);
  return fmt::format("{}--{}", type, boost::uuids::to_string(generator(whole)));
}

std::string cacao_extension_id() { return cacao_id("extension-definition", "playbook"); }

std::string cacao_of(const Playbook& playbook, Language language, WallTime modified) {
  const auto start = cacao_id("start", playbook.id), end = cacao_id("end", playbook.id);
  const auto id_of = [&](std::size_t index) {
    return index < playbook.steps.size()
               ? cacao_id("action", fmt::format("{}/{}", playbook.id, playbook.steps[index].id))
               : end;
  };
  json::object workflow, agents, playbook_extensions, extensions;
  workflow[start] = json::object{{"type", "start"}, {"on_completion", id_of(0)}};
  for (std::size_t i = 0; i < playbook.steps.size(); ++i) {
    const auto& step = playbook.steps[i];
    workflow[id_of(i)] = action_of(step, language, id_of(i + 1));
    agents[cacao_id("group", step.role)] = json::object{{"type", "group"}, {"name", step.role}};
  }
  workflow[end] = json::object{{"type", "end"}};
  const auto author = cacao_id("identity", "vedette");
  playbook_extensions[cacao_extension_id()] = extension_of(playbook);
  extensions[cacao_extension_id()] = json::object{
      {"type", "extension-definition"},
      {"name", "Vedette playbook"},
      {"description",
       "Phase of NIST SP 800-61, role, minutes until due, evidence to keep, and every text in "
       "Vietnamese and English"},
      {"created_by", author},
      {"schema",
       "Of a step: step, phase (analysis, containment, eradication, recovery, review), role, "
       "due_minutes (0: none), title, what, evidence. Of the playbook: name, summary, kinds, attack. "
       "Texts are objects with vi and en."},
      {"version", "1"}};
  const auto written = std::max(modified, *parse_rfc3339(kCreated));
  return json::serialize(json::object{{"type", "playbook"},
                                      {"spec_version", "cacao-2.0"},
                                      {"id", cacao_id("playbook", playbook.id)},
                                      {"name", playbook.name.in(language)},
                                      {"description", playbook.summary.in(language)},
                                      {"created_by", author},
                                      {"created", kCreated},
                                      {"modified", to_rfc3339(written)},
                                      {"workflow_start", start},
                                      {"workflow", std::move(workflow)},
                                      {"agent_definitions", std::move(agents)},
                                      {"extension_definitions", std::move(extensions)},
                                      {"playbook_extensions", std::move(playbook_extensions)}});
}

}  // namespace vedette::desk
