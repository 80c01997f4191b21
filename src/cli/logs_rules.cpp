// vedette logs rules check, test, explain: what can be said of Sigma rules before they watch.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "base/clock.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "cli/rule_args.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"
#include "logs/sigma/explain.h"
#include "logs/sigma/rule_tests.h"

namespace vedette::cli {
namespace json = boost::json;
namespace sigma = logs::sigma;
namespace {

struct Args : RuleArgs {
  std::vector<std::string> events;
  std::string event, rule, format = "auto";
  bool json = false;
};

void say(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }
void say(const json::object& line) { say(json::serialize(line) + "\n"); }

// What stands in a hostile log or rule must not move the terminal's cursor.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 400));
  for (char& c : out) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return text.size() > 400 ? out + " …" : out;
}

std::string place(const std::string& file, std::uint32_t line) {
  return line == 0 ? file : fmt::format("{}:{}", file, line);
}

void say_refused(const std::vector<sigma::Refusal>& refused, bool as_json) {
  for (const auto& refusal : refused) {
    if (as_json)
      say(json::object{
          {"kind", "refused"}, {"file", refusal.file}, {"line", refusal.line}, {"reason", refusal.reason}});
    else
      say(fmt::format("{}: {}\n", place(refusal.file, refusal.line), printable(refusal.reason)));
  }
}

// `use` for every event of an input; stops when it says false.
Result<> each_event(const std::string& path, const std::string& format,
                    const std::function<bool(const logs::EventView&)>& use) {
  TRY_ASSIGN(auto patterns, logs::PatternSet::built_in());
  TRY_ASSIGN(auto input, logs::Input::open(path));
  const SystemClock clock;
  TRY_ASSIGN(auto reader,
             logs::open_reader(std::move(input), format, {clock, logs::Zone::system(), patterns}));
  while (true) {
    TRY_ASSIGN(auto event, reader->next());
    if (!event || !use(*event)) return {};
  }
}

int check(const Args& args) {
  auto options = load_options(args);
  if (!options) return not_done(options.error());
  auto set = load_rules(args, *options);
  if (!set) return not_done(set.error());
  sigma::Seen seen(options->pipelines);
  for (const auto& path : args.events) {
    auto read = each_event(path, args.format, [&](const logs::EventView& event) {
      seen.add(event);
      return true;
    });
    if (!read) return not_done(Error(read.error()).with("reading " + path));
  }
  say_refused(set->refused, args.json);
  std::size_t blind = 0;
  for (const auto& rule : set->rules) {
    const auto why = seen.blind(rule);
    if (why.empty()) continue;
    ++blind;
    if (args.json)
      say(json::object{
          {"kind", "blind"}, {"rule", rule.id}, {"title", rule.title}, {"file", rule.file}, {"reason", why}});
    else
      say(fmt::format("{}: blind: {}\n", place(rule.file, rule.line), printable(why)));
  }
  if (args.json) {
    say(json::object{{"kind", "summary"},
                     {"files", set->files},
                     {"rules", set->rules.size()},
                     {"correlations", set->correlations.size()},
                     {"filters", set->filters.size()},
                     {"refused", set->refused.size()},
                     {"blind", blind},
                     {"events", seen.events()}});
  } else {
    say(fmt::format("{} files: {} rules, {} correlations, {} filters; {} refused, {} blind{}\n", set->files,
                    set->rules.size(), set->correlations.size(), set->filters.size(), set->refused.size(),
                    blind, seen.events() == 0 ? "" : fmt::format(" for {} events", seen.events())));
  }
  return set->refused.empty() ? kWell : kBad;
}

int test(const Args& args) {
  auto options = load_options(args);
  if (!options) return not_done(options.error());
  auto set = load_rules(args, *options);
  if (!set) return not_done(set.error());
  const std::vector<std::filesystem::path> folders(args.rules.begin(), args.rules.end());
  const auto tests = sigma::find_rule_tests(folders, *set);
  auto results = sigma::run_rule_tests(tests, *set, options->pipelines);
  if (!results) return not_done(results.error());
  say_refused(set->refused, args.json);
  say_refused(tests.refused, args.json);
  std::size_t passed = 0;
  for (const auto& result : *results) {
    passed += result.passed;
    if (args.json)
      say(json::object{{"kind", "test"},
                       {"file", result.test->file},
                       {"line", result.test->line},
                       {"why", result.test->why},
                       {"passed", result.passed},
                       {"trouble", result.trouble}});
    else if (!result.passed)
      say(fmt::format("{}: FAILED: {}: {}\n", place(result.test->file, result.test->line),
                      printable(result.test->why), printable(result.trouble)));
  }
  for (const auto& id : tests.untested) {
    args.json ? say(json::object{{"kind", "untested"}, {"rule", id}})
              : say(fmt::format("{}: no positive or no negative test\n", id));
  }
  if (args.json)
    say(json::object{{"kind", "summary"},
                     {"rules", set->rules.size()},
                     {"tests", results->size()},
                     {"passed", passed},
                     {"untested", tests.untested.size()}});
  else
    say(fmt::format("{} rules, {} of {} tests passed\n", set->rules.size() + set->correlations.size(), passed,
                    results->size()));
  const bool well = passed == results->size() && !results->empty() && set->refused.empty() &&
                    tests.refused.empty() && tests.untested.empty();
  return well ? kWell : kBad;
}

void say_explained(const sigma::Explained& node, std::size_t depth) {
  auto line =
      fmt::format("{}{} {}", std::string(depth * 2, ' '), node.held ? "yes" : "no ", printable(node.text));
  for (const auto& value : node.values)
    line += fmt::format("\n{}      value: {}", std::string(depth * 2, ' '), printable(value));
  if (node.more_values > 0)
    line += fmt::format("\n{}      and {} more", std::string(depth * 2, ' '), node.more_values);
  say(line + "\n");
  for (const auto& part : node.of) say_explained(part, depth + 1);
}

json::object explained_json(const sigma::Explained& node) {
  json::object out{{"holds", node.held}, {"what", node.text}};
  if (!node.values.empty()) out["values"] = json::array(node.values.begin(), node.values.end());
  for (const auto& part : node.of) {
    auto [of, fresh] = out.emplace("of", json::array());
    of->value().as_array().push_back(explained_json(part));
  }
  return out;
}

int explain(Args args) {
  args.rules = {args.rule};
  auto options = load_options(args);
  if (!options) return not_done(options.error());
  auto set = load_rules(args, *options);
  if (!set) return not_done(set.error());
  say_refused(set->refused, args.json);
  if (set->rules.empty())
    return not_done(Error(ErrorCode::kInvalid, args.rule + ": no rule was loaded from it"));
  bool any = false;
  std::size_t events = 0;
  auto read = each_event(args.event, args.format, [&](const logs::EventView& event) {
    ++events;
    for (const auto& rule : set->rules) {
      const auto why = sigma::explain(rule, event);
      any = any || why.held;
      if (args.json) {
        say(json::object{
            {"rule", rule.id}, {"title", rule.title}, {"event", events}, {"explained", explained_json(why)}});
        continue;
      }
      say(fmt::format("event {}: {} \"{}\"\n", events, why.held ? "MATCHES" : "does not match",
                      printable(rule.title)));
      say_explained(why, 1);
    }
    return events < 20;
  });
  if (!read) return not_done(Error(read.error()).with("reading " + args.event));
  return any ? kWell : kBad;
}

}  // namespace

void add_logs_rules(Command& logs, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* rules = logs.add_subcommand("rules", "Check, test and explain Sigma rules");
  rules->require_subcommand(1);
  auto common = [args](Command* command) {
    add_rule_options(*command, *args);
    command->add_flag("--json", args->json, "One JSON object a line");
  };

  auto* checking = rules->add_subcommand("check", "Which rules load, which do not and why, which are blind");
  checking->add_option("rules", args->rules, "Files and folders of Sigma rules")->required();
  checking
      ->add_option("--events", args->events,
                   "Logs like those the rules will watch: rules that can hold for none of them are blind")
      ->check(existing_file());
  checking->add_option("--format", args->format, "Of these logs; auto: told by their first bytes")
      ->capture_default_str();
  common(checking);
  checking->footer("Exit code 1 when a rule was refused.");
  checking->callback([args, &exit_code] { exit_code = check(*args); });

  auto* testing = rules->add_subcommand("test", "Run the tests that rules carry with them");
  testing
      ->add_option("rules", args->rules, "Folders of rules and their tests (x.test.yml, SigmaHQ's info.yml)")
      ->required()
      ->check(existing_folder());
  common(testing);
  testing->footer("Exit code 1 when a test failed, a rule was refused, or nothing was tested.");
  testing->callback([args, &exit_code] { exit_code = test(*args); });

  auto* explaining = rules->add_subcommand("explain", "Why a rule holds for an event or does not");
  explaining->add_option("rule", args->rule, "Rule file")->required();
  explaining
      ->add_option("event", args->event, "File whose first events are asked, or - for the standard input")
      ->required();
  explaining->add_option("--format", args->format, "Of the event; auto: told by its first bytes")
      ->capture_default_str();
  common(explaining);
  explaining->footer("Exit code 1 when the rule holds for none of the events (at most 20 are asked).");
  explaining->callback([args, &exit_code] { exit_code = explain(*args); });
}

}  // namespace vedette::cli
