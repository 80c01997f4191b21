// vedette agent list, vedette agent revoke: the hosts of an instance, on the server.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "cli/command.h"
#include "cli/instance_args.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

constexpr int kPagesMax = 1'000;

struct Args {
  InstanceArgs instance;
  std::string host;
};

Result<void> each_host(ApiClient& api, const std::function<void(const json::object&)>& each) {
  std::string cursor;
  for (int page = 0; page < kPagesMax; ++page) {
    TRY_ASSIGN(auto answer, api.get("/hosts?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    for (const auto& one : answer.at("items").as_array()) each(one.as_object());
    const auto* next = answer.at("next_cursor").if_string();
    if (!next) return {};
    cursor = std::string(*next);
  }
  return fail(ErrorCode::kLimit, "there are more hosts than can be listed; use the console");
}

std::string_view text(const json::object& host, std::string_view field) {
  const auto* value = host.at(field).if_string();
  return value ? std::string_view(*value) : "never";
}

int list(const Args& args) {
  auto api = connect(args.instance);
  if (!api) return not_done(api.error());
  auto listed = each_host(**api, [](const json::object& host) {
    std::string blind;
    for (const auto& sight : host.at("sights").as_array())
      if (!sight.at("ok").as_bool()) blind += " " + std::string(sight.at("what").as_string());
    fmt::print("{:<32} {:<8} {:<9} {:<16} last heard {}  {}{}\n", text(host, "name"), text(host, "state"),
               text(host, "mode"), text(host, "group"), text(host, "last_seen_at"), text(host, "id"),
               blind.empty() ? "" : "  blind:" + blind);
  });
  return listed ? kWell : not_done(listed.error());
}

int revoke(const Args& args) {
  auto api = connect(args.instance);
  if (!api) return not_done(api.error());
  std::vector<std::string> ids;
  auto found = each_host(**api, [&](const json::object& host) {
    if (text(host, "state") != "revoked" &&
        (text(host, "id") == args.host || text(host, "name") == args.host))
      ids.emplace_back(text(host, "id"));
  });
  if (!found) return not_done(found.error());
  if (ids.empty())
    return not_done(
        Error(ErrorCode::kNotFound, fmt::format("there is no host {} that is not revoked; `vedette "
                                                "agent list` lists them",
                                                args.host)));
  if (ids.size() > 1)
    return not_done(Error(ErrorCode::kInvalid,
                          fmt::format("{} hosts have the name {}; give the id, `vedette agent list` shows it",
                                      ids.size(), args.host)));
  auto done = (*api)->call("POST", "/hosts/" + ids[0] + "/revoke", {});
  if (!done) return not_done(done.error());
  fmt::print("{} is revoked: nothing is taken from it any more\n", args.host);
  return kWell;
}

}  // namespace

void add_agent_hosts(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* agent = root.get_subcommand("agent");
  auto* listing = agent->add_subcommand("list", "On the server: list the hosts that report to it");
  add_api_options(*listing, args->instance);
  listing->callback([args, &exit_code] { exit_code = list(*args); });
  auto* revoking = agent->add_subcommand("revoke", "On the server: take nothing from a host any more");
  revoking->add_option("HOST", args->host, "Its name or id")->required();
  add_api_options(*revoking, args->instance);
  revoking->callback([args, &exit_code] { exit_code = revoke(*args); });
}

}  // namespace vedette::cli
