// Reading CACAO 2.0. The bytes are a stranger's: everything is bounded, the workflow is walked without
// recursion.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "desk/playbooks/cacao.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

std::unexpected<Error> refuse_cacao(const std::string& what, std::string_view where) {
  return refuse(ErrorCode::kInvalid, "cacao." + what, {{"where", std::string(where.substr(0, 200))}});
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}
bool is_cacao_id(std::string_view text, std::string_view type) {
  return text.size() == type.size() + 38 && text.starts_with(type) && text.substr(type.size(), 2) == "--" &&
         is_uuid(text.substr(type.size() + 2));
}

const json::object* object_in(const json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  return value ? value->if_object() : nullptr;
}
std::string_view text_in(const json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}
const json::array* list_in(const json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  return value ? value->if_array() : nullptr;
}

TwoLanguages same_in_both(std::string_view text) { return {std::string(text), std::string(text)}; }

// A text of our extension in both languages, where it has both within the limit.
std::optional<TwoLanguages> languages_in(const json::object* of, std::string_view key, std::size_t most) {
  const auto* text = of ? object_in(*of, key) : nullptr;
  if (!text) return std::nullopt;
  TwoLanguages out{std::string(text_in(*text, "vi")), std::string(text_in(*text, "en"))};
  if (out.vi.empty() || out.en.empty() || out.vi.size() > most || out.en.size() > most) return std::nullopt;
  return out;
}

const json::object* our_extension(const json::object& of, std::string_view key) {
  const auto* all = object_in(of, key);
  return all ? object_in(*all, cacao_extension_id()) : nullptr;
}

// What a person is to do for one command; it is shown, never run.
Result<std::string> command_text(const json::value& value, const std::string& where) {
  const auto* command = value.if_object();
  const auto type = command ? text_in(*command, "type") : std::string_view();
  if (type.empty()) return refuse_cacao("command", where);
  std::string text(text_in(*command, "command"));
  if (const auto encoded = text_in(*command, "command_b64"); text.empty() && !encoded.empty()) {
    text.resize(encoded.size());
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(), encoded.data(),
                          encoded.size(), "\r\n", &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
      return refuse_cacao("base64", where);
    text.resize(size);
    // Only text can be shown; what is not UTF-8 is not a command for a person.
    json::error_code error;
    auto quoted = json::serialize(json::string(text));
    (void)json::parse(quoted, error);
    if (error) return refuse_cacao("base64", where);
  }
  return type == "manual" ? text : fmt::format("[{}] {}", type, text);
}

struct CacaoStep {
  std::string id;
  std::string_view type;
  const json::object* body;
};

class Workflow {
 public:
  explicit Workflow(const json::object& steps) : steps_(steps) {}

  // Which steps follow, in the order in which they are to be done. kInvalid: one that is not there.
  Result<std::vector<std::string>> followers(const CacaoStep& step) const {
    std::vector<std::string> out;
    const auto take = [&](std::string_view id) -> Result<void> {
      if (id.empty()) return {};
      if (!steps_.contains(id)) return refuse_cacao("no_step", fmt::format("workflow.{}: {}", step.id, id));
      out.emplace_back(id);
      return {};
    };
    for (std::string_view key : {"on_true", "on_false"}) TRY(take(text_in(*step.body, key)));
    if (const auto* branches = list_in(*step.body, "next_steps")) {
      for (const auto& one : *branches) TRY(take(one.is_string() ? std::string_view(one.get_string()) : ""));
    }
    if (const auto* cases = object_in(*step.body, "cases")) {
      for (const auto& [name, one] : *cases)
        TRY(take(one.is_string() ? std::string_view(one.get_string()) : ""));
    }
    for (std::string_view key : {"on_completion", "on_success", "on_failure"})
      TRY(take(text_in(*step.body, key)));
    return out;
  }

  Result<CacaoStep> step(const std::string& id) const {
    const auto* body = object_in(steps_, id);
    const auto type = body ? text_in(*body, "type") : std::string_view();
    static constexpr std::array<std::string_view, 8> kTypes{
        "start",    "end",          "action",          "playbook-action",
        "parallel", "if-condition", "while-condition", "switch-condition"};
    if (std::ranges::find(kTypes, type) == kTypes.end()) return refuse_cacao("step_type", "workflow." + id);
    if (!is_cacao_id(id, type)) return refuse_cacao("step_id", "workflow." + id);
    return CacaoStep{id, type, body};
  }

 private:
  const json::object& steps_;
};

// The task of a step; nothing for those that only join others.
Result<std::optional<PlaybookStep>> task_of(const CacaoStep& step) {
  if (step.type == "start" || step.type == "end" || step.type == "parallel") return std::nullopt;
  const auto where = "workflow." + step.id;
  std::string title(text_in(*step.body, "name"));
  std::string what(text_in(*step.body, "description"));
  if (const auto* commands = list_in(*step.body, "commands")) {
    for (std::size_t i = 0; i < commands->size(); ++i) {
      TRY_ASSIGN(auto text, command_text((*commands)[i], fmt::format("{}.commands[{}]", where, i)));
      if (!text.empty() && what.find(text) == std::string::npos)
        what += fmt::format("{}{}", what.empty() ? "" : "\n", text);
      if (what.size() > CacaoLimits::kTextBytes) return refuse_cacao("text", where);
    }
  } else if (step.type == "action") {
    return refuse_cacao("no_commands", where);
  }
  for (std::string_view key : {"condition", "switch", "playbook_id"}) {
    if (auto text = text_in(*step.body, key); !text.empty())
      what += fmt::format("{}{}: {}", what.empty() ? "" : "\n", key, text);
  }
  if (title.empty()) title = std::string(step.type);
  if (title.size() > CacaoLimits::kTitleBytes || what.size() > CacaoLimits::kTextBytes)
    return refuse_cacao("text", where);
  const auto* ours = our_extension(*step.body, "step_extensions");
  PlaybookStep out{
      .title = languages_in(ours, "title", CacaoLimits::kTitleBytes).value_or(same_in_both(title)),
      .what = languages_in(ours, "what", CacaoLimits::kTextBytes).value_or(same_in_both(what))};
  if (!ours) return out;
  out.phase = playbook_phase_from(text_in(*ours, "phase")).value_or(out.phase);
  if (auto role = text_in(*ours, "role"); std::ranges::find(kTaskRoles, role) != kTaskRoles.end())
    out.role = role;
  out.evidence = languages_in(ours, "evidence", CacaoLimits::kTextBytes).value_or(TwoLanguages{});
  if (const auto* due = ours->if_contains("due_minutes"); due && due->is_int64())
    out.due_minutes = static_cast<int>(std::clamp<std::int64_t>(due->get_int64(), 0, 90LL * 24 * 60));
  return out;
}

Result<std::vector<PlaybookStep>> tasks_of(const json::object& workflow, const std::string& start) {
  const Workflow steps(workflow);
  std::vector<PlaybookStep> out;
  std::vector<std::string> waiting{start};  // the next one at the back
  std::set<std::string> seen;
  while (!waiting.empty()) {
    auto id = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(id).second) continue;  // each step once, loops included
    TRY_ASSIGN(auto step, steps.step(id));
    TRY_ASSIGN(auto task, task_of(step));
    if (task) {
      if (out.size() >= PlaybookLimits::kSteps) return refuse(ErrorCode::kLimit, "cacao.many_steps");
      task->id = fmt::format("step_{}", out.size() + 1);
      out.push_back(*std::move(task));
    }
    TRY_ASSIGN(auto next, steps.followers(step));
    waiting.insert(waiting.end(), next.rbegin(), next.rend());
  }
  if (out.empty()) return refuse_cacao("no_actions", "workflow");
  return out;
}

Result<void> check_head(const json::object& root) {
  if (text_in(root, "type") != "playbook") return refuse_cacao("type", "type");
  if (text_in(root, "spec_version") != "cacao-2.0") return refuse_cacao("version", "spec_version");
  if (!is_cacao_id(text_in(root, "id"), "playbook")) return refuse_cacao("id", "id");
  if (!is_cacao_id(text_in(root, "created_by"), "identity")) return refuse_cacao("id", "created_by");
  const auto created = parse_rfc3339(text_in(root, "created")),
             modified = parse_rfc3339(text_in(root, "modified"));
  if (!created) return refuse_cacao("time", "created");
  if (!modified || *modified < *created) return refuse_cacao("time", "modified");
  if (const auto* revoked = root.if_contains("revoked"); revoked && revoked->is_bool() && revoked->get_bool())
    return refuse_cacao("revoked", "revoked");
  const auto name = text_in(root, "name");
  if (name.empty() || name.size() > CacaoLimits::kTitleBytes) return refuse_cacao("text", "name");
  if (text_in(root, "description").size() > CacaoLimits::kTextBytes)
    return refuse_cacao("text", "description");
  return {};
}

void read_texts(const json::object& of, std::string_view key, std::vector<std::string>& into) {
  const auto* list = list_in(of, key);
  for (std::size_t i = 0; list && i < std::min(list->size(), PlaybookLimits::kKinds); ++i) {
    if (const auto* text = (*list)[i].if_string(); text && !text->empty() && text->size() <= 64)
      into.emplace_back(*text);
  }
}

}  // namespace

Result<Playbook> playbook_from_cacao(std::string_view text) {
  if (text.size() > CacaoLimits::kBytes) return refuse(ErrorCode::kLimit, "cacao.large");
  json::parse_options options;
  options.max_depth = CacaoLimits::kDepth;
  json::error_code error;
  const auto value = json::parse(text, error, {}, options);
  const auto* root = error ? nullptr : value.if_object();
  if (!root) return refuse_cacao("no_json", error ? error.message() : "{}");
  TRY(check_head(*root));
  const auto* workflow = object_in(*root, "workflow");
  if (!workflow || workflow->empty()) return refuse_cacao("no_workflow", "workflow");
  if (workflow->size() > CacaoLimits::kWorkflowSteps) return refuse(ErrorCode::kLimit, "cacao.many_steps");
  const std::string start(text_in(*root, "workflow_start"));
  if (!is_cacao_id(start, "start") || !workflow->contains(start))
    return refuse_cacao("start", "workflow_start");

  Playbook out;
  out.id = "c_" + std::string(text_in(*root, "id").substr(10));
  std::erase(out.id, '-');
  std::ranges::transform(out.id, out.id.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* ours = our_extension(*root, "playbook_extensions");
  out.name =
      languages_in(ours, "name", CacaoLimits::kTitleBytes).value_or(same_in_both(text_in(*root, "name")));
  out.summary = languages_in(ours, "summary", CacaoLimits::kTextBytes)
                    .value_or(same_in_both(text_in(*root, "description")));
  if (ours) {
    read_texts(*ours, "kinds", out.kinds);
    read_texts(*ours, "attack", out.attack);
  }
  out.source = "imported";
  TRY_ASSIGN(out.steps, tasks_of(*workflow, start));
  return out;
}

}  // namespace vedette::desk
