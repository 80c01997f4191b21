#include "cli/rule_args.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "cli/command.h"

namespace vedette::cli {

void add_rule_options(Command& command, RuleArgs& args) {
  command
      .add_option("--pipeline", args.pipelines,
                  "Names and log sources of the events, instead of the usual ones: none, a file, or one of " +
                      fmt::format("{}", fmt::join(logs::sigma::pipeline_names(), ", ")))
      ->one_at_a_time();
  command.add_option("--placeholders", args.placeholders, "YAML file with the values of %placeholders%")
      ->check(existing_file())
      ->one_at_a_time();
}

Result<logs::sigma::LoadOptions> load_options(const RuleArgs& args) {
  logs::sigma::LoadOptions out;
  if (args.pipelines.empty()) out.pipelines = logs::sigma::default_pipelines();
  for (const auto& name : args.pipelines) {
    if (name == "none") continue;
    auto pipeline = logs::sigma::find_pipeline(name);
    if (!pipeline) return fail(ErrorCode::kInvalid, pipeline.error());
    out.pipelines.push_back(*std::move(pipeline));
  }
  std::ranges::stable_sort(out.pipelines, {}, &logs::sigma::Pipeline::priority);
  for (const auto& file : args.placeholders) {
    auto values = logs::sigma::load_placeholders(file);
    if (!values)
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}:{}: {}", values.error().file, values.error().line, values.error().reason));
    for (auto& [name, list] : *values) out.placeholders[name] = std::move(list);
  }
  return out;
}

Result<logs::sigma::RuleSet> load_rules(const RuleArgs& args, const logs::sigma::LoadOptions& options) {
  std::vector<std::filesystem::path> paths;
  for (const auto& rule : args.rules) {
    std::error_code unknown;
    if (!std::filesystem::exists(rule, unknown))
      return fail(ErrorCode::kNotFound, rule + ": there is no such file");
    paths.emplace_back(rule);
  }
  return logs::sigma::load_rules(paths, options);
}

}  // namespace vedette::cli
