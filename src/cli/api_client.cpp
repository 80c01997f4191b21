// The two ways to an instance's API: over HTTP, or in this process on a stopped instance's data folder.
#include <boost/json.hpp>

#include "base/clock.h"
#include "base/metrics.h"
#include "cli/instance_args.h"
#include "net/http_client.h"
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
  RemoteApi(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {
    while (url_.ends_with('/')) url_.pop_back();
  }
  Result<json::value> call(std::string_view method, const std::string& path,
                           const json::object& body) override {
    net::HttpClientRequest request;
    request.method = method;
    request.url = url_ + std::string(server::kApiPrefix) + path;
    request.headers = {{"Authorization", "Bearer " + token_}, {"Accept", "application/json"}};
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
  const std::string token_;
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
    auto mark = path.find('?');
    request.path = std::string(server::kApiPrefix) + path.substr(0, mark);
    for (auto rest = mark == std::string::npos ? std::string() : path.substr(mark + 1); !rest.empty();) {
      auto part = rest.substr(0, rest.find('&'));
      rest.erase(0, part.size() + 1);
      request.query[part.substr(0, part.find('='))] = part.substr(std::min(part.size(), part.find('=') + 1));
    }
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
    return std::make_unique<RemoteApi>(args.server, args.token);
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
  TRY_ASSIGN(auto access, server::read_local_access(folder));
  return std::make_unique<RemoteApi>(access.url, access.token);
}

}  // namespace vedette::cli
