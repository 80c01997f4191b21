#include "model/refusal.h"

#include <boost/json.hpp>

namespace vedette {
namespace {

constexpr char kForPrograms = '\x1f';  // Error::full() leaves such a context out

}  // namespace

std::unexpected<Error> refuse(ErrorCode code, const std::string& key,
                              std::map<std::string, std::string> arguments) {
  Message message{"error." + key, std::move(arguments)};
  return std::unexpected(Error(code, render(message, Language::kEnglish))
                             .with(kForPrograms + boost::json::serialize(to_json(message))));
}

Message words_of(const Error& error) {
  for (const auto& context : error.context()) {
    if (!context.starts_with(kForPrograms)) continue;
    boost::system::error_code problem;
    auto json = boost::json::parse(std::string_view(context).substr(1), problem);
    if (problem) break;
    if (auto message = message_from_json(json)) return *std::move(message);
  }
  return {error.message(), {}};  // render() shows a key that is none as it is
}

std::string said_in(const Error& error, Language language) { return render(words_of(error), language); }

}  // namespace vedette
