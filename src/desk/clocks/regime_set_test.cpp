#include "desk/clocks/regime_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "model/content.h"
#include "store/temporary_folder.h"

namespace vedette::desk {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A built-in file with one place changed.
std::string changed(std::string_view file, std::string_view from, std::string_view to) {
  std::string text(content::content_file(file));
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}
std::string regime_refusal(std::string_view from, std::string_view to) {
  auto parsed = parse_regime(changed("regimes/vn_2020_09_nhnn.toml", from, to), "r.toml");
  return parsed ? "accepted" : parsed.error().message();
}
std::string holiday_refusal(std::string_view from, std::string_view to) {
  auto parsed = parse_holidays(changed("holidays/vn.toml", from, to), "h.toml");
  return parsed ? "accepted" : parsed.error().message();
}
int line_of(std::string_view file, std::string_view what) {
  auto text = content::content_file(file);
  return static_cast<int>(std::ranges::count(text.substr(0, text.find(what)), '\n')) + 1;
}

TEST(RegimeSet, TheBuiltInOnesAreReadAndSayWhatIsVerified) {
  const auto set = RegimeSet::built_in();
  std::vector<std::string> verified;
  for (const auto* regime : set.regimes()) {
    if (regime->verified) verified.push_back(regime->id);
    EXPECT_FALSE(regime->name.vi == regime->name.en) << regime->id;
  }
  EXPECT_GE(set.regimes().size(), 8u);
  EXPECT_THAT(verified, ::testing::ElementsAre("eu_nis2"));
  EXPECT_EQ(set.find("vn_2017_05")->step("report")->recipients.size(), 3u);
  EXPECT_EQ(set.find("nothing"), nullptr);
}

TEST(Regime, EveryFaultIsNamedWithLineKeyAndWhatToDo) {
  const auto hours = std::to_string(line_of("regimes/vn_2020_09_nhnn.toml", "hours = 24"));
  EXPECT_THAT(regime_refusal("hours = 24", "hours = 0"),
              AllOf(StartsWith("r.toml:" + hours + ": hours: "), HasSubstr("whole number from 1 to 10000")));
  EXPECT_THAT(regime_refusal("hours = 24", "hours = \"24\""), HasSubstr("hours: write a whole number"));
  EXPECT_THAT(regime_refusal("hours = 24", "hours = 24\ndays = 1"), HasSubstr("give the period once"));
  EXPECT_THAT(regime_refusal("hours = 24", ""), HasSubstr("give the period once"));
  EXPECT_THAT(regime_refusal("hours = 24", "at_once = false"), HasSubstr("at_once: write true"));
  EXPECT_THAT(regime_refusal("hours = 24", "hours = 24\nhour = 24"),
              AllOf(HasSubstr("hour: is not known here"), HasSubstr("Known are: ")));
  EXPECT_THAT(regime_refusal("start = \"detected\"", "start = \"found\""),
              HasSubstr("start: write one of: detected, aware, request_received, finished, sent"));
  EXPECT_THAT(regime_refusal("start = \"detected\"", "start = \"sent\"\nafter = \"recovery_report\""),
              HasSubstr("after: is no step above this one"));
  EXPECT_THAT(regime_refusal("id = \"recovery_report\"", "id = \"report\""),
              HasSubstr("id: is the id of two steps"));
  EXPECT_THAT(regime_refusal("holidays = \"vn\"", ""), HasSubstr("working_days: needs `holidays`"));
  EXPECT_THAT(regime_refusal("status = \"unverified\"", "status = \"verified\""),
              HasSubstr("verified_on: is missing"));
  EXPECT_THAT(regime_refusal("status = \"unverified\"", "status = \"unverified\"\nverified_on = 2026-01-01"),
              HasSubstr("verified_on: belongs to"));
  EXPECT_THAT(regime_refusal("in_force_from = 2021-01-01", "in_force_from = \"2021-01-01\""),
              HasSubstr("in_force_from: write a date without quotes"));
  EXPECT_THAT(
      regime_refusal("in_force_from = 2021-01-01", "in_force_from = 2021-01-01\nin_force_to = 2020-01-01"),
      HasSubstr("in_force_to: is before in_force_from"));
  EXPECT_THAT(regime_refusal("Asia/Ho_Chi_Minh", "Asia/Hanoi_City"),
              HasSubstr("zone: there is no time zone"));
  EXPECT_THAT(regime_refusal("name.en = \"Incident report\"", ""), HasSubstr("en: is missing"));
  EXPECT_THAT(regime_refusal("[[step]]", "[step]"), StartsWith("r.toml:"));
  EXPECT_THAT(regime_refusal("hours = 24", "hours = 24\nwhen = [\"sometimes\"]"),
              HasSubstr("when: write one of: beyond_capacity, urgent"));
  EXPECT_EQ(regime_refusal("hours = 24", "hours = 24\nunless = [\"urgent\"]"), "accepted");
  auto empty = parse_regime("", "r.toml");
  EXPECT_THAT(empty.error().message(), HasSubstr("id: is missing"));
  EXPECT_EQ(parse_regime(std::string(300 * 1024, '#'), "r.toml").error().code(), ErrorCode::kLimit);
}

TEST(HolidaysFile, EveryFaultIsNamedWithLineKeyAndWhatToDo) {
  EXPECT_THAT(holiday_refusal("month = 9\nday = 2", "month = 2\nday = 30"),
              HasSubstr("day: the month has no such day"));
  EXPECT_THAT(holiday_refusal("calendar = \"gregorian\"", "calendar = \"julian\""),
              HasSubstr("calendar: write one of: gregorian, vietnamese_lunar"));
  EXPECT_THAT(holiday_refusal("weekend = [\"saturday\", \"sunday\"]",
                              "weekend = [\"monday\", \"tuesday\", \"saturday\", \"sunday\"]"),
              HasSubstr("weekend: has more than three days"));
  const std::string head =
      "substitute = true\n[[announced]]\nyear = 2026\nstatus = \"unverified\"\ncitation = \"x\"\n";
  EXPECT_THAT(holiday_refusal("substitute = true", head), HasSubstr("off: is missing"));
  EXPECT_THAT(holiday_refusal("substitute = true", head + "off = [2027-01-01]"),
              HasSubstr("off: a day is not of this year"));
  EXPECT_THAT(holiday_refusal("substitute = true", head + "off = []\nworks = [2026-01-05]"),
              HasSubstr("works: a day is no weekend day"));
  EXPECT_THAT(holiday_refusal("substitute = true", head + "off = [\"2026-01-01\"]"),
              HasSubstr("off: write dates without quotes"));
  EXPECT_THAT(holiday_refusal(
                  "days_before = 1\ndays = 3", "days_before = 10\ndays = 10\n\n" +
                                                   [] {
                                                     std::string more;
                                                     for (int i = 0; i < 5; ++i)
                                                       more +=
                                                           "[[holiday]]\nid = \"x" + std::to_string(i) +
                                                           "\"\nname.vi = \"x\"\nname.en = \"x\"\ncalendar = "
                                                           "\"gregorian\"\nmonth = 6\nday = 1\ndays = 10\n";
                                                     return more;
                                                   }()),
              HasSubstr("holiday: come to more than 60 days a year"));
  auto twice =
      head + "off = []\n[[announced]]\nyear = 2026\nstatus = \"unverified\"\ncitation = \"x\"\noff = []\n";
  EXPECT_THAT(holiday_refusal("substitute = true", twice), HasSubstr("year: is announced twice"));
}

class RegimeFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "regimes");
    fs::create_directories(folder_ / "holidays");
  }
  void write(std::string_view name, std::string_view text) { std::ofstream(folder_ / name) << text; }

  const store::TemporaryFolder folder_;
};

TEST_F(RegimeFolder, AnOwnFileReplacesTheBuiltInOneOfItsId) {
  write("regimes/bank.toml", changed("regimes/vn_2020_09_nhnn.toml", "hours = 24", "hours = 12"));
  write("regimes/own.toml", changed("regimes/internal_sla.toml", "id = \"internal_sla\"", "id = \"own\""));
  write("regimes/readme.md", "not a regime");
  auto set = RegimeSet::with_folder(folder_.path());
  ASSERT_TRUE(set) << set.error().full();
  EXPECT_EQ(set->find("vn_2020_09_nhnn")->step("report")->period.amount, 12);
  EXPECT_NE(set->find("own"), nullptr);
  EXPECT_NE(set->find("eu_nis2"), nullptr) << "the others stay";
  EXPECT_EQ(set->regimes().size(), RegimeSet::built_in().regimes().size() + 1);
}

TEST_F(RegimeFolder, EveryRefusalIsSaidAtOnce) {
  write("regimes/a.toml", "id = 1");
  write("regimes/b.toml", "id = \"b\"\nwhat = {}\n");
  write("holidays/c.toml", "[[");
  auto set = RegimeSet::with_folder(folder_.path());
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().message(),
              AllOf(HasSubstr("a.toml:1: id: "), HasSubstr("b.toml:2: "), HasSubstr("c.toml:1: ")));
}

TEST_F(RegimeFolder, ARegimeNamesHolidaysThatAreThere) {
  write("regimes/own.toml", changed("regimes/internal_sla.toml", "holidays = \"vn\"", "holidays = \"de\""));
  auto set = RegimeSet::with_folder(folder_.path());
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().message(), HasSubstr("there is no table of holidays \"de\""));
}

TEST_F(RegimeFolder, AFolderWithoutEitherIsAMistake) {
  fs::remove_all(folder_ / "regimes");
  fs::remove_all(folder_ / "holidays");
  EXPECT_EQ(RegimeSet::with_folder(folder_.path()).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace vedette::desk
