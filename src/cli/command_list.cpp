#include "cli/command_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace vedette::cli {
namespace {

void walk(const CLI::App& app, const std::string& path, std::vector<ListedCommand>& out) {
  ListedCommand command{path, app.get_description(), app.get_footer(), {}, {}};
  for (const auto* option : app.get_options()) {
    ListedOption listed;
    listed.positional = option->nonpositional() == false;
    listed.name = listed.positional
                      ? option->get_name(true)
                      : "--" + (option->get_lnames().empty() ? std::string() : option->get_lnames().front());
    listed.what = option->get_description();
    listed.required = option->get_required();
    if (option->get_items_expected_max() > 0) listed.value = "TEXT";
    for (const std::string known : {"viewer,analyst,lead,admin", "vi,en", "lines,uptime-kuma",
                                    "bash,zsh,fish", "observe,hold,rollback", "hold,allow"}) {
      auto type = option->get_type_name();
      if (type.find("{" + known + "}") == std::string::npos) continue;
      for (std::size_t at = 0; at <= known.size();) {
        auto end = std::min(known.find(',', at), known.size());
        listed.choices.push_back(known.substr(at, end - at));
        at = end + 1;
      }
    }
    command.options.push_back(std::move(listed));
  }
  auto children = app.get_subcommands([](const CLI::App*) { return true; });
  for (const auto* child : children) command.children.push_back(child->get_name());
  out.push_back(std::move(command));
  for (const auto* child : children)
    walk(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), out);
}

std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string usage(const ListedCommand& command) {
  std::string out;
  for (const auto& option : command.options) {
    if (option.positional)
      out += option.required ? fmt::format(" {}", option.name) : fmt::format(" [{}]", option.name);
  }
  return out;
}

std::vector<std::string> words_after(const ListedCommand& command) {
  std::vector<std::string> out = command.children;
  for (const auto& option : command.options) {
    if (!option.positional) out.push_back(option.name);
    if (option.positional) out.insert(out.end(), option.choices.begin(), option.choices.end());
  }
  return out;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// Both shells look the words up by the command path typed so far.
std::string word_cases(const std::vector<ListedCommand>& commands) {
  std::string out;
  for (const auto& command : commands)
    out += fmt::format("    {}) words={} ;;\n", shell_quoted(command.path),
                       shell_quoted(fmt::format("{}", fmt::join(words_after(command), " "))));
  return out;
}
std::string paths(const std::vector<ListedCommand>& commands) {
  std::string out;
  for (const auto& command : commands) {
    if (!command.path.empty()) out += (out.empty() ? "" : "|") + shell_quoted(command.path);
  }
  return out;
}

}  // namespace

std::vector<ListedCommand> list_commands(const Command& root) {
  std::vector<ListedCommand> out;
  walk(root.app(), "", out);
  return out;
}

std::string man_page(const std::vector<ListedCommand>& commands, const std::string& version) {
  std::string out = fmt::format(
      ".TH VEDETTE 1 \"\" \"Vedette {}\" \"User Commands\"\n.SH NAME\nvedette \\- {}\n.SH SYNOPSIS\n.B "
      "vedette\n.I command\n[options]\n.SH COMMANDS\n",
      roff(version), roff(commands.front().what));
  for (const auto& command : commands) {
    if (command.path.empty() || !command.children.empty()) continue;
    out += fmt::format(".SS \"vedette {}{}\"\n{}.\n", roff(command.path), roff(usage(command)),
                       roff(command.what));
    for (const auto& option : command.options) {
      if (option.name == "--help") continue;
      out +=
          fmt::format(".TP\n.B {}{}\n{}.\n", roff(option.name),
                      option.positional || option.value.empty() ? "" : " \\fI" + roff(option.value) + "\\fR",
                      roff(option.what));
    }
    if (!command.footer.empty()) out += fmt::format(".PP\n{}\n", roff(command.footer));
  }
  out +=
      ".SH EXIT STATUS\n.TP\n.B 0\nDone, and all is well.\n.TP\n.B 1\nDone, and the answer is bad: a mistake "
      "in the configuration, an alarm, a broken chain.\n"
      ".TP\n.B 2\nNot done: wrong usage, or it could not be done. Standard error says why and what to do.\n"
      ".SH ENVIRONMENT\n.TP\n.B VEDETTE_DATA\nData folder, like \\-\\-data.\n.TP\n.B VEDETTE_TOKEN\nAPI "
      "token, like \\-\\-token.\n"
      ".SH FILES\n.TP\n.I /etc/vedette/vedette.toml\nConfiguration. `vedette check\\-config \\-\\-default` "
      "prints one with every key.\n"
      ".TP\n.I /var/lib/vedette\nData folder: database, snapshots, keys.\n"
      ".SH NOTES\nWithout \\-\\-server, commands that work on an instance use the server that runs on the "
      "data folder, with a token it keeps there for its own user while it runs; "
      "when no server runs, they work on the data folder itself.\n";
  return out;
}

std::string completion(const std::vector<ListedCommand>& commands, const std::string& shell) {
  if (shell == "fish") {
    std::string out = "complete -c vedette -f\n";
    for (const auto& command : commands) {
      for (const auto& child : commands) {
        bool below = command.path.empty() ? child.path.find(' ') == std::string::npos && !child.path.empty()
                                          : child.path.starts_with(command.path + " ");
        if (!below) continue;
        auto name = child.path.substr(command.path.empty() ? 0 : command.path.size() + 1);
        auto when =
            command.path.empty()
                ? std::string("__fish_use_subcommand")
                : fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}",
                              command.path, fmt::join(command.children, " "));
        out += fmt::format("complete -c vedette -n {} -a {} -d {}\n", shell_quoted(when), name,
                           shell_quoted(child.what));
      }
      if (command.path.empty() || !command.children.empty()) continue;
      std::string when;
      for (std::size_t at = 0; at < command.path.size();) {
        auto end = std::min(command.path.find(' ', at), command.path.size());
        when += (when.empty() ? "" : "; and ") +
                ("__fish_seen_subcommand_from " + command.path.substr(at, end - at));
        at = end + 1;
      }
      for (const auto& option : command.options) {
        if (!option.positional)
          out += fmt::format("complete -c vedette -n {} -l {} {}-d {}\n", shell_quoted(when),
                             option.name.substr(2), option.value.empty() ? "" : "-r -F ",
                             shell_quoted(option.what));
        if (option.positional && !option.choices.empty())
          out += fmt::format("complete -c vedette -n {} -a {}\n", shell_quoted(when),
                             shell_quoted(fmt::format("{}", fmt::join(option.choices, " "))));
      }
    }
    return out;
  }
  bool zsh = shell == "zsh";
  std::string out = zsh ? "#compdef vedette\n_vedette() {\n  local path='' words='' word next\n  for word in "
                          "${${(z)BUFFER}[2,CURRENT]}; do\n"
                        : "_vedette() {\n  local path='' words='' word next\n  for word in "
                          "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n";
  out += fmt::format(
      "    next=\"${{path:+$path }}$word\"\n    case \"$next\" in\n      {}) path=\"$next\" ;;\n    esac\n  "
      "done\n  case \"$path\" in\n{}  esac\n",
      paths(commands), word_cases(commands));
  out += zsh ? "  compadd -- ${=words}\n  _files\n}\n_vedette \"$@\"\n"
             : "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o "
               "default -F _vedette vedette\n";
  return out;
}

}  // namespace vedette::cli
