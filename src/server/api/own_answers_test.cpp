#include "server/api/own_answers.h"

#include <gtest/gtest.h>

#include "model/message.h"
#include "net/own_answers.h"

namespace vedette::server {
namespace {

TEST(OwnAnswers, EachHasItsSentenceInBothLanguages) {
  for (const auto& one : net::own_answers()) {
    auto response = net::own_answer(one.key);
    Message sentence{"error.http." + std::string(one.key), {}};
    EXPECT_EQ(render(sentence, Language::kEnglish), one.detail) << "the same words in both places";
    net::Request asked;
    asked.headers.set("Accept-Language", "vi");
    say_own_answer(asked, response);
    EXPECT_NE(response.body.find("\"status\":" + std::to_string(one.status)), std::string::npos);
    EXPECT_EQ(response.body.find(one.detail), std::string::npos) << one.key << " is not said in Vietnamese";
    EXPECT_EQ(response.body.find("error."), std::string::npos) << one.key;
  }
}

TEST(OwnAnswers, ArgumentsAreFilledInAndOtherAnswersAreLeftAlone) {
  auto large = net::own_answer("too_large", "most", "65536");
  say_own_answer({}, large);
  EXPECT_NE(large.body.find("at most 65536 bytes"), std::string::npos) << large.body;
  net::Request asked;
  asked.query["lang"] = "vi";
  say_own_answer(asked, large);
  EXPECT_NE(large.body.find("65536 byte"), std::string::npos) << large.body;
  auto other = net::Response::problem(413, "Mine", "as it is");
  auto before = other.body;
  say_own_answer(asked, other);
  EXPECT_EQ(other.body, before);
}

}  // namespace
}  // namespace vedette::server
