#include "cli/instance_args.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cli/command.h"

namespace vedette::cli {
namespace {

constexpr const char* kSystemConfig = "/etc/vedette/vedette.toml";
constexpr const char* kCheckoutData = "var/data";

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

void add_folder_options(Command& command, InstanceArgs& args) {
  command.add_option("--config", args.config_file,
                     "Configuration file (default: /etc/vedette/vedette.toml if it exists)");
  command.add_option("--data", args.data_dir, "Data folder, in place of server.data_dir")
      ->envname("VEDETTE_DATA");
}

void add_api_options(Command& command, InstanceArgs& args) {
  add_folder_options(command, args);
  command.add_option("--server", args.server,
                     "Address of another server, e.g. https://vedette.example.org; needs --token");
  command.add_option("--token", args.token, "API token for --server")->envname("VEDETTE_TOKEN");
  command.add_option("--ca-file", args.ca_file,
                     "Certificates to trust for --server, PEM, in place of the system's");
}

std::expected<std::unique_ptr<server::LiveConfig>, server::ConfigProblems> load(const InstanceArgs& args) {
  std::string file = args.config_file;
  if (file.empty() && is_there(kSystemConfig)) file = kSystemConfig;
  std::string data = args.data_dir;
  if (file.empty() && data.empty() && is_there(std::filesystem::path(kCheckoutData) / "vedette.db"))
    data = kCheckoutData;
  auto over = [data, listen = args.listen](server::Config& config) {
    if (!data.empty()) config.data_dir = data;
    if (!listen.empty()) config.listen = listen;
  };
  server::Config config = server::default_config();
  if (!file.empty()) {
    auto read = server::load_config(file);
    if (!read) return std::unexpected(read.error());
    config = *std::move(read);
  }
  over(config);
  auto problems = server::check_together(config, file.empty() ? "command line" : file);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return std::make_unique<server::LiveConfig>(std::move(config), file, over);
}

std::unique_ptr<server::LiveConfig> load_or_complain(const InstanceArgs& args) {
  auto loaded = load(args);
  if (loaded) return *std::move(loaded);
  std::fputs(server::text(loaded.error()).c_str(), stderr);
  return nullptr;
}

int not_done(const Error& error) {
  std::fprintf(stderr, "vedette: %s\n", error.full().c_str());
  return kNotDone;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace vedette::cli
