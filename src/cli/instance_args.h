// Which instance a command works on: the running server (over its API) or a stopped one (its data folder).
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/app.h"
#include "server/config/config_reader.h"
#include "server/config/live_config.h"

namespace vedette::cli {

struct InstanceArgs {
  std::string config_file, data_dir, listen, server, token, ca_file;
};

// --config and --data.
void add_folder_options(Command& command, InstanceArgs& args);
// Also --server, --ca-file and --token (environment VEDETTE_TOKEN).
void add_api_options(Command& command, InstanceArgs& args);

// In this order: --config, else /etc/vedette/vedette.toml if it is there, else the defaults; --data (or
// VEDETTE_DATA) goes over its data_dir. With none of them, var/data of the working folder when it is an
// instance's.
std::expected<std::unique_ptr<server::LiveConfig>, server::ConfigProblems> load(const InstanceArgs& args);
// The same, or nothing with the problems printed.
std::unique_ptr<server::LiveConfig> load_or_complain(const InstanceArgs& args);

// The API of the instance, wherever it runs. Errors carry the server's own sentence.
class ApiClient {
 public:
  virtual ~ApiClient() = default;
  virtual Result<boost::json::value> call(std::string_view method, const std::string& path,
                                          const boost::json::object& body) = 0;
  Result<boost::json::value> get(const std::string& path);
};
// --server and --token when given; else the server that runs on the data folder, with the token it left there
// for its own user; else the stopped instance itself.
Result<std::unique_ptr<ApiClient>> connect(const InstanceArgs& args);

// Prints the error and what to do on standard error.
int not_done(const Error& error);
std::string percent_encoded(std::string_view text);

}  // namespace vedette::cli
