#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/command.h"
#include "cli/instance_args.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

constexpr std::size_t kImportBytesMax = 4u << 20;

struct Args {
  InstanceArgs instance;
  std::string site, name, file, format = "lines", state, query, tag, snapshot, where, reason;
  std::vector<std::string> tags;
  int interval = 0;
  bool json = false, dry_run = false;
};
using Act = int (*)(ApiClient&, const Args&);

std::string_view text(const json::value& object, std::string_view field) {
  const auto* value = object.as_object().if_contains({field.data(), field.size()});
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

void print_site(const json::value& site) {
  fmt::print("{}  {:<11} {:<32} {}\n", text(site, "id"), text(site, "state"), text(site, "name"),
             text(site, "url"));
}

// A site by its id, its address or its name.
Result<std::string> find_site(ApiClient& api, const std::string& wanted) {
  if (auto direct = api.get("/sites/" + percent_encoded(wanted))) return std::string(text(*direct, "id"));
  TRY_ASSIGN(auto answer, api.get("/sites?limit=500&q=" + percent_encoded(wanted)));
  std::vector<std::string> found;
  for (const auto& site : answer.at("items").as_array()) {
    if (text(site, "url") == wanted || text(site, "name") == wanted) found.emplace_back(text(site, "id"));
  }
  if (found.size() == 1) return found[0];
  return fail(ErrorCode::kNotFound,
              fmt::format("{} is {}; `vedette sites list` shows ids", wanted,
                          found.empty() ? "not watched" : "not the only one of this name"));
}

int add(ApiClient& api, const Args& args) {
  json::object body{{"url", args.site}};
  if (!args.name.empty()) body["name"] = args.name;
  if (args.interval > 0) body["interval_s"] = args.interval;
  if (!args.tags.empty()) body["tags"] = json::array(args.tags.begin(), args.tags.end());
  auto site = api.call("POST", "/sites", body);
  if (!site) return not_done(site.error());
  print_site(*site);
  return kWell;
}

int list(ApiClient& api, const Args& args) {
  std::string cursor;
  constexpr int kPagesMax = 1000;
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer =
        api.get(fmt::format("/sites?limit=500&state={}&tag={}&q={}&cursor={}", percent_encoded(args.state),
                            percent_encoded(args.tag), percent_encoded(args.query), percent_encoded(cursor)));
    if (!answer) return not_done(answer.error());
    for (const auto& site : answer->at("items").as_array()) {
      if (args.json) {
        fmt::print("{}\n", json::serialize(site));
      } else {
        print_site(site);
      }
    }
    const auto* next = answer->at("next_cursor").if_string();
    if (!next) break;
    cursor = std::string(*next);
  }
  return kWell;
}

int import_list(ApiClient& api, const Args& args) {
  std::ifstream file;
  if (args.file != "-") file.open(args.file, std::ios::binary);
  std::istream& in = args.file == "-" ? std::cin : file;
  std::string content(kImportBytesMax + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (content.empty()) return not_done(Error(ErrorCode::kInvalid, args.file + " is empty or cannot be read"));
  if (content.size() > kImportBytesMax)
    return not_done(Error(ErrorCode::kLimit, args.file + " is larger than 4 MiB; import it in parts"));
  auto answer = api.call("POST", "/sites/import",
                         {{"format", args.format}, {"content", content}, {"dry_run", args.dry_run}});
  if (!answer) return not_done(answer.error());
  for (const auto& site : answer->at("added").as_array()) print_site(site);
  for (const auto& skipped : answer->at("skipped").as_array())
    fmt::print(stderr, "{}:{}: skipped: {}\n", args.file, skipped.at("line").to_number<int>(),
               text(skipped, "detail"));
  return answer->at("skipped").as_array().empty() ? kWell : kBad;
}

int approve(ApiClient& api, const Args& args) {
  auto id = find_site(api, args.site);
  if (!id) return not_done(id.error());
  std::string snapshot = args.snapshot;
  if (snapshot.empty()) {
    auto site = api.get("/sites/" + *id);
    if (!site) return not_done(site.error());
    snapshot = text(*site, "last_snapshot");
  }
  if (snapshot.empty())
    return not_done(Error(ErrorCode::kNotFound, "no version of this site has been kept yet"));
  auto done = api.call("POST", "/sites/" + *id + "/approve", {{"snapshot_id", snapshot}});
  if (!done) return not_done(done.error());
  fmt::print("version {} of {} is approved\n", snapshot, args.site);
  return kWell;
}

int ignore(ApiClient& api, const Args& args) {
  auto id = find_site(api, args.site);
  if (!id) return not_done(id.error());
  auto done =
      api.call("POST", "/sites/" + *id + "/ignores", {{"where", args.where}, {"reason", args.reason}});
  if (!done) return not_done(done.error());
  fmt::print("{} of {} never alarms again\n", args.where, args.site);
  return kWell;
}

}  // namespace

void add_sites(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* sites = root.add_subcommand("sites", "The site watch");
  sites->require_subcommand(1);
  auto command = [&](const char* name, const char* what, Act act) {
    auto* sub = sites->add_subcommand(name, what);
    add_api_options(*sub, args->instance);
    sub->callback([args, act, &exit_code] {
      auto api = connect(args->instance);
      exit_code = api ? act(**api, *args) : not_done(api.error());
    });
    return sub;
  };
  auto* adding = command("add", "Watch a site", add);
  adding->add_option("url", args->site, "Address, http or https")->required();
  adding->add_option("--name", args->name, "Name for people");
  adding->add_option("--interval", args->interval, "Seconds between checks");
  adding->add_option("--tag", args->tags, "Tag; may be given several times");
  auto* listing = command("list", "List watched sites", list);
  listing->add_option("--state", args->state, "Only those in this state");
  listing->add_option("--tag", args->tag, "Only those with this tag");
  listing->add_option("--query", args->query, "Only those with these words in name or address");
  listing->add_flag("--json", args->json, "One JSON object a line");
  auto* importing = command("import", "Watch the sites of a list", import_list);
  importing->add_option("file", args->file, "File, or - for standard input")->required();
  importing
      ->add_option("--format", args->format,
                   "lines: \"URL [name]\" a line, # begins a comment; uptime-kuma: its backup export")
      ->check(one_of({"lines", "uptime-kuma"}))
      ->capture_default_str();
  importing->add_flag("--dry-run", args->dry_run, "Only show what would be added");
  auto* approving = command("approve", "This version is right, for ever", approve);
  approving->add_option("site", args->site, "Id, address or name")->required();
  approving->add_option("--snapshot", args->snapshot, "Snapshot id; the newest if not given");
  auto* ignoring = command("ignore", "Never alarm on an element again", ignore);
  ignoring->add_option("site", args->site, "Id, address or name")->required();
  ignoring->add_option("where", args->where, "Element or origin, as a finding named it")->required();
  ignoring->add_option("--reason", args->reason, "Why, for the audit log")->required();
  add_sites_check(*sites, exit_code);
  add_sites_replay(*sites, exit_code);
}

}  // namespace vedette::cli
