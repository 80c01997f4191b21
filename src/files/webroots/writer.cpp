#include "files/webroots/writer.h"

#include <algorithm>
#include <array>

namespace vedette::files {
namespace {

constexpr std::array<std::string_view, 15> kManagers = {"/usr/bin/dpkg",
                                                        "/usr/bin/apt",
                                                        "/usr/bin/apt-get",
                                                        "/usr/bin/aptitude",
                                                        "/usr/bin/rpm",
                                                        "/usr/bin/dnf",
                                                        "/usr/bin/dnf5",
                                                        "/usr/bin/yum",
                                                        "/usr/bin/zypper",
                                                        "/usr/bin/pacman",
                                                        "/sbin/apk",
                                                        "/usr/bin/rpmdb",
                                                        "/usr/bin/packagekitd",
                                                        "/usr/libexec/packagekitd",
                                                        "/usr/lib/packagekit/packagekitd"};
// Written in Python: the interpreter is the executable, the program its first argument.
constexpr std::array<std::string_view, 6> kScripted = {"/usr/bin/dnf",
                                                       "/usr/bin/dnf-3",
                                                       "/usr/bin/yum",
                                                       "/usr/bin/unattended-upgrade",
                                                       "/usr/bin/unattended-upgrades",
                                                       "/usr/bin/apt-file"};

bool is_manager(const ProcessInfo& process) {
  auto path = std::string_view(process.executable);
  // The manager replaces its own executable while it upgrades itself.
  constexpr std::string_view gone = " (deleted)";
  if (path.ends_with(gone)) path.remove_suffix(gone.size());
  if (std::ranges::find(kManagers, path) != kManagers.end()) return true;
  bool python = path.starts_with("/usr/bin/python3") || path.starts_with("/usr/libexec/platform-python");
  return python && process.arguments.size() > 1 &&
         std::ranges::any_of(
             process.arguments.begin() + 1, process.arguments.end(),
             [](const auto& argument) { return std::ranges::find(kScripted, argument) != kScripted.end(); });
}

}  // namespace

std::string_view to_string(Writer writer) {
  return writer == Writer::kPackages ? "packages" : writer == Writer::kOther ? "other" : "unknown";
}

Writer writer_of(const Actor& actor) {
  if (actor.uid != 0) return Writer::kOther;
  bool managed = is_manager(actor.process) || std::ranges::any_of(actor.ancestors, is_manager);
  return managed ? Writer::kPackages : Writer::kOther;
}

}  // namespace vedette::files
