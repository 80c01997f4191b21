#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "cli/command.h"
#include "cli/instance_args.h"
#include "server/instance.h"
#include "server/options.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

struct Args {
  InstanceArgs instance;
  std::string name, role = "viewer", display_name, language = "vi";
};

using Act = int (*)(ApiClient&, const Args&);

// From the terminal without showing it, or one line of standard input.
Result<std::string> read_password() {
  termios before{};
  bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    std::fputs("Password: ", stderr);
  }
  std::string line;
  bool read = static_cast<bool>(std::getline(std::cin, line));
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputs("\n", stderr);
  }
  if (!read || line.empty())
    return fail(ErrorCode::kInvalid,
                "no password was given; type it, or send it as one line on standard input");
  return line;
}

int list(ApiClient& api, const Args&) {
  std::string cursor;
  constexpr int kPagesMax = 1000;
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer = api.get("/users?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor));
    if (!answer) return not_done(answer.error());
    for (const auto& user : answer->at("items").as_array()) {
      const auto* last = user.at("last_sign_in_at").if_string();
      fmt::print(
          "{:<24} {:<8} {:<9} last sign-in {}  {}\n", std::string_view(user.at("username").as_string()),
          std::string_view(user.at("role").as_string()), user.at("disabled").as_bool() ? "disabled" : "",
          last ? std::string_view(*last) : "never", std::string_view(user.at("display_name").as_string()));
    }
    const auto* next = answer->at("next_cursor").if_string();
    if (!next) break;
    cursor = std::string(*next);
  }
  return kWell;
}

int done(const Result<json::value>& answer, const std::string& sentence) {
  if (!answer) return not_done(answer.error());
  fmt::print("{}\n", sentence);
  return kWell;
}

int add(ApiClient& api, const Args& args) {
  auto password = read_password();
  if (!password) return not_done(password.error());
  json::object body{
      {"username", args.name}, {"password", *password}, {"role", args.role}, {"language", args.language}};
  if (!args.display_name.empty()) body["display_name"] = args.display_name;
  return done(api.call("POST", "/users", body), fmt::format("{} can sign in", args.name));
}

int reset_password(ApiClient& api, const Args& args) {
  auto password = read_password();
  if (!password) return not_done(password.error());
  return done(api.call("PATCH", "/users/" + percent_encoded(args.name), {{"password", *password}}),
              fmt::format("{} has a new password; open sessions have ended", args.name));
}

int disable(ApiClient& api, const Args& args) {
  return done(api.call("PATCH", "/users/" + percent_encoded(args.name), {{"disabled", true}}),
              fmt::format("{} can no longer sign in; open sessions have ended", args.name));
}
int enable(ApiClient& api, const Args& args) {
  return done(api.call("PATCH", "/users/" + percent_encoded(args.name), {{"disabled", false}}),
              fmt::format("{} can sign in again", args.name));
}

int reset_second_factor(ApiClient& api, const Args& args) {
  return done(
      api.call("DELETE", "/users/" + percent_encoded(args.name) + "/second-factor", {}),
      fmt::format("{} signs in with the password alone and sets up a new second factor where the role "
                  "needs one; open sessions have ended",
                  args.name));
}

int break_glass(ApiClient& api, const Args& args) {
  auto answer = api.call("POST", "/users/break-glass", {{"username", args.name}});
  if (!answer) return not_done(answer.error());
  fmt::print("{}\n", std::string_view(answer->at("password").as_string()));
  std::fputs(
      "Write it on paper, seal it in an envelope and clear this screen; it is not shown again. Every sign-in "
      "with "
      "it raises a critical alert.\n",
      stderr);
  return kWell;
}

// The address people open the console at.
std::string people_reach(const InstanceArgs& args) {
  if (!args.server.empty()) return args.server.substr(0, args.server.find_last_not_of('/') + 1);
  auto config = load(args);
  if (!config) return "";
  auto current = (*config)->current();
  if (current->public_url.empty()) {
    // Of a server that runs; its port may be one it found itself.
    if (auto access = server::read_local_access({current->data_dir})) return access->url;
  }
  return server::public_url(*current, server::listen_parts(*current).port);
}

int setup_link(ApiClient& api, const Args& args) {
  auto answer = api.call("POST", "/setup/link", {});
  if (!answer) return not_done(answer.error());
  auto token = std::string(answer->at("token").as_string());
  fmt::print("{}/setup?token={}\n", people_reach(args.instance), token);
  return kWell;
}

}  // namespace

void add_users(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* users = root.add_subcommand("users", "Accounts of people");
  users->require_subcommand(1);
  auto command = [&](const char* name, const char* what, Act act, bool named) {
    auto* sub = users->add_subcommand(name, what);
    add_api_options(*sub, args->instance);
    if (named) sub->add_option("name", args->name, "User name")->required();
    sub->callback([args, act, &exit_code] {
      auto api = connect(args->instance);
      exit_code = api ? act(**api, *args) : not_done(api.error());
    });
    return sub;
  };
  command("list", "List all users", list, false);
  auto* adding = command(
      "add", "Add a user; the password is asked for, or read as one line of standard input", add, true);
  adding->add_option("--role", args->role, "viewer, analyst, lead, commander, legal, auditor, admin or wall")
      ->check(one_of({"viewer", "analyst", "lead", "commander", "legal", "auditor", "admin", "wall"}))
      ->capture_default_str();
  adding->add_option("--display-name", args->display_name, "Name as others see it");
  adding->add_option("--language", args->language, "vi or en")
      ->check(one_of({"vi", "en"}))
      ->capture_default_str();
  command("reset-password", "Set a new password, asked for or read from standard input", reset_password,
          true);
  command("reset-second-factor", "Take away the second factor of a user who lost the device",
          reset_second_factor, true);
  command("break-glass",
          "Make a sealed administrator for emergencies, or seal it anew; prints its password once",
          break_glass, true);
  command("disable", "Keep a user from signing in", disable, true);
  command("enable", "Let a disabled user sign in again", enable, true);
  command("setup-link", "Print a new one-time link that creates the first administrator", setup_link, false);
}

}  // namespace vedette::cli
