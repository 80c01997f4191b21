// The two ways to an instance's API: over HTTP, or in this process on a stopped instance's data folder.
#include <boost/json.hpp>

#include "base/clock.h"
#include "base/metrics.h"
#include "cli/instance_args.h"
#include "net/http_client.h"
#include "net/router.h"
#include "server/instance.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

Result<json::value> read_answer(int status, const std::string& body) {
  json::error_code error;
  auto value = body.empty() ? json::value() : json::parse(body, error);
  if (status >= 200 && status < 300 && !error) return value;
  std::string detail = "the server answered " + std::to_string(status);
  if (!error && value.is_object()) {
    if (const auto* text = value.get_object().if_contains("detail"); text && text->is_string())
      detail = std::string(text->get_string());
  }
  auto code = status == 404                    ? ErrorCode::kNotFound
              : status == 409                  ? ErrorCode::kConflict
              : status == 401 || status == 403 ? ErrorCode::kForbidden
              : status >= 500                  ? ErrorCode::kUnavailable
                                               : ErrorCode::kInvalid;
  return fail(code, detail);
}

class RemoteApi final : public ApiClient {
 public:
  explicit RemoteApi(server::LocalAccess access, std::string ca_file = {})
      : url_(std::move(access.url)),
        token_(std::move(access.token)),
        pinned_key_(std::move(access.pinned_key)),
        ca_file_(std::move(ca_file)) {
    while (url_.ends_with('/')) url_.pop_back();
  }
  Result<json::value> call(std::string_view method, const std::string& path,
                           const json::object& body) override {
    net::HttpClientRequest request;
    request.method = method;
    request.url = url_ + std::string(server::kApiPrefix) + path;
    request.headers = {{"Authorization", "Bearer " + token_}, {"Accept", "application/json"}};
    request.pinned_key = pinned_key_;
    request.ca_file = ca_file_;
    request.response_bytes_max = 64u << 20;
    request.timeout = std::chrono::seconds(60);
    if (method != "GET") {
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = json::serialize(body);
    }
    TRY_ASSIGN(auto answer, net::http_call(request));
    return read_answer(answer.status, answer.body);
  }

 private:
  std::string url_;
  const std::string token_, pinned_key_, ca_file_;
};

class StoppedInstance final : public ApiClient {
 public:
  static Result<std::unique_ptr<ApiClient>> open(std::unique_ptr<server::LiveConfig> config) {
    auto out = std::make_unique<StoppedInstance>();
    out->config_ = std::move(config);
    TRY_ASSIGN(out->instance_, server::Instance::open(*out->config_, out->clock_, out->metrics_));
    return out;
  }
  Result<json::value> call(std::string_view method, const std::string& path,
                           const json::object& body) override {
    net::Request request;
    for (auto known : {net::Method::kGet, net::Method::kPost, net::Method::kPut, net::Method::kPatch,
                       net::Method::kDelete}) {
      if (to_string(known) == method) request.method = known;
    }
    TRY_ASSIGN(auto target, net::parse_target(path));
    request.path = std::string(server::kApiPrefix) + path.substr(0, path.find('?'));
    request.query = std::move(target.query);
    if (request.method != net::Method::kGet) {
      request.headers.set("Content-Type", "application/json");
      request.body = json::serialize(body);
    }
    auto answer = instance_->api().handle_as(std::move(request), server::local_command());
    return read_answer(answer.status, answer.body);
  }

 private:
  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<server::LiveConfig> config_;
  std::unique_ptr<server::Instance> instance_;
};

}  // namespace

Result<json::value> ApiClient::get(const std::string& path) { return call("GET", path, {}); }

Result<std::unique_ptr<ApiClient>> connect(const InstanceArgs& args) {
  if (!args.server.empty()) {
    if (args.token.empty())
      return fail(ErrorCode::kInvalid, "--server needs an API token; give --token or set VEDETTE_TOKEN");
    return std::make_unique<RemoteApi>(server::LocalAccess{args.server, args.token, {}}, args.ca_file);
  }
  auto config = load(args);
  if (!config) return fail(ErrorCode::kInvalid, server::text(config.error()));
  server::DataFolder folder{(*config)->current()->data_dir};
  std::error_code ignored;
  if (!std::filesystem::exists(folder.database(), ignored)) {
    return fail(ErrorCode::kNotFound,
                folder.root.string() +
                    " holds no Vedette data; name the folder with --data, or start the server once");
  }
  auto stopped = StoppedInstance::open(*std::move(config));
  if (stopped || stopped.error().code() != ErrorCode::kConflict) return stopped;
  auto access = server::read_local_access(folder);
  if (!access && access.error().code() == ErrorCode::kNotFound)
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("a Vedette process works on {}, but takes no commands: it is starting or stopping, "
                    "or is another command; try again in a moment",
                    folder.root.string()));
  if (!access) return std::unexpected(std::move(access).error());
  return std::make_unique<RemoteApi>(*std::move(access));
}

}  // namespace vedette::cli
