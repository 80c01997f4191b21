// Each sign on a page of our own that shows it, and the innocent pages that look alike.
#include "sites/judge/hostile_traits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sites/judge/test_pages.h"

namespace vedette::sites {
namespace {

using namespace test;
using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;

struct Seen {
  HostileTraits traits;
  std::vector<std::string> names;
};

// As a page that nobody had seen before.
Seen see(const std::string& body) {
  const Features features = extract(fetched("https://thuyloi.example/", body));
  const Profile::Impl nothing;
  Seen out{hostile_traits(features, hostile_words(features, nothing)), {}};
  for (const HostileTrait& trait : out.traits.traits) out.names.emplace_back(trait.name);
  return out;
}

std::string page(std::string_view title, std::string_view body, std::string_view head = {}) {
  return fmt::format("<!DOCTYPE html><html><head><title>{}</title>{}</head><body>{}</body></html>", title,
                     head, body);
}

struct Sign {
  std::string_view name;
  std::string body;
};
void PrintTo(const Sign& sign, std::ostream* out) { *out << sign.name; }

class HostileSignTest : public testing::TestWithParam<Sign> {};

TEST_P(HostileSignTest, IsSeenOnItsPageAndNotOnOrdinaryOnes) {
  EXPECT_THAT(see(GetParam().body).names, Contains(GetParam().name));
  for (const std::string& ordinary : {newspaper(3), ministry(3), bank(3)})
    EXPECT_THAT(see(ordinary).names, Not(Contains(GetParam().name)));
}

const std::string kLong(4'000, 'a');

INSTANTIATE_TEST_SUITE_P(
    Signs, HostileSignTest,
    testing::Values(
        Sign{"black_page", page("x", "<p>Night over the river</p>", "<style>body{background:#000}</style>")},
        Sign{"neon", page("x", "<font color=lime>Night</font>", "<style>body{background:#010101}</style>")},
        Sign{"staged_text", page("x", "<p style='font-family: Orbitron'>Night over the river</p>")},
        Sign{"show", page("x", "<canvas id=matrix></canvas>", "<style>body{background:black}</style>")},
        Sign{"centred", page("x", "<center>Night over the river</center>")},
        Sign{"cursor", page("x", "<p style='cursor: url(\"/c.cur\")'>Night</p>")},
        Sign{"old_markup", page("x", "<font face=Arial>Night over the river</font>")},
        Sign{"music", page("x", "<p>Night</p><a href='/song.mp3'>.</a>")},
        Sign{"autoplay_media", page("x", "<audio autoplay src='/song.ogg'></audio>")},
        Sign{"marquee", page("x", "<marquee>Night</marquee>")},
        Sign{"free_host", page("x", "<img src='https://i.imgur.com/a.png'>")},
        Sign{"claim", page("Stamped by Gray Kite", "<p>Night over the river</p>")},
        Sign{"claim", page("x", "<h1>Touched by Gray Kite</h1>")},
        Sign{"scene_name", page("Mr.Gray", "<p>Night over the river</p>")},
        Sign{"contact_handle", page("x", "<p>Telegram: graykite</p>")},
        Sign{"contact_link", page("x", "<a href='https://t.me/graykite'>us</a>")},
        Sign{"mirror_archive", page("x", "<a href='http://zone-h.org/archive'>us</a>")},
        Sign{"social_only", page("x", "<a href='https://facebook.com/graykite'>us</a>")},
        Sign{"private_mail", page("x", "<p>graykite@protonmail.com</p>")},
        Sign{"ransom", page("x", "<p>Your files are encrypted. Pay 1 bitcoin.</p>")},
        Sign{"leet_signs", page("[+] x", "<p>-= Night =-</p>")},
        Sign{"leet_title", page("N1gh7 0v3r th3 r1v3r", "<p>Night</p>")},
        Sign{"alert", page("x", "<script>alert('Night')</script>")},
        Sign{"blocked_clicks", page("x", "<p oncontextmenu=\"return false\">Night</p>")},
        Sign{"sent_away", page("x", "<p>.</p>", "<meta http-equiv=refresh content='0;url=//far.example/'>")},
        Sign{"one_line", "<h1>Gray Kite was first</h1>"}, Sign{"only_picture", "<img src='/a.png'>"},
        Sign{"host_name", page("x", "<img src='https://hacked.far.example/a.png'><p>Night</p>")},
        Sign{"leads_nowhere", page("x", "<p>Night over the river</p>")},
        Sign{"letter_picture", page("x", "<pre>" + std::string(200, '#') + "</pre>")},
        Sign{"escaped_code", page("x", "<p>Name: &lt;script src=//far.example/x.js&gt;&lt;/script&gt;</p>")},
        Sign{"script_probe", page("x", "<img src=x onerror=alert(1)>")},
        Sign{"covering_frame",
             page("x", "<iframe src='https://far.example/' style='position:fixed;width:100%'></iframe>")},
        Sign{"pasted_code", page("x", "<script src='https://pastebin.com/raw/a1'></script>")},
        Sign{"picture_as_page", "GIF89a\x01\x02" + kLong},
        Sign{"foreign_frame_only", page("", "<iframe src='https://far.example/'></iframe>")},
        Sign{"upload_shell",
             page("", "<form method=post><input type=file name=f><input type=submit></form>")},
        Sign{"one_picture", page("x", "<img src='/a.png'>")},
        Sign{"web_shell", page("", "<form><input name=c></form><pre>uid=33 drwxr-xr-x</pre>")},
        Sign{"password_gate", "<form method=post><input type=password name=p></form>"},
        Sign{"bare_text", "Night over the river"},
        Sign{"comment_words", page("x", "<!-- hacked by gray kite --><p>Night</p>")}));

// A page of one line is a sign of its own ("one_line"): these say as much as a small office does.
constexpr std::string_view kOffice =
    "<p>The harbour office opens on working days from eight to five.</p><p>Ships register at the northern "
    "quay.</p><p>Boats under ten metres need no pilot.</p><p>Fees are paid at the counter.</p>";

TEST(HostileTraitsTest, NoSingleLookNamesAnybody) {
  for (const char* look : {"<style>body{background:#000}</style>",
                           "<center><font face=Orbitron>Night over the river</font></center>",
                           "<p>Write to harbour@gmail.com</p>"}) {
    const Seen seen = see(page("The harbour", std::string(look) + std::string(kOffice)));
    EXPECT_FALSE(seen.traits.hostile()) << look << testing::PrintToString(seen.names);
  }
}

// In the place of a page that was learnt, a dead end and one thing more name an attacker; ways on to other
// pages take that back.
TEST(HostileTraitsTest, AWayOnToOtherPagesSpeaksForThePage) {
  constexpr std::string_view kWays = "<a href='/quays'>Quays</a><a href='/fees'>Fees</a>";
  for (const char* thing : {"<marquee>Open today from eight to five</marquee>", "<p>Telegram: harbour</p>"}) {
    const std::string dead_end = std::string(thing) + std::string(kOffice);
    EXPECT_TRUE(see(page("The harbour", dead_end)).traits.hostile()) << thing;
    EXPECT_FALSE(see(page("The harbour", dead_end + std::string(kWays))).traits.hostile()) << thing;
  }
}

TEST(HostileTraitsTest, ManySmallSignsDoWithoutAnyWordOfTheLexicon) {
  const Seen seen = see(page(
      "Gr4y K1te", "<center><font color=lime>Gray Kite was here for you</font></center><p>t.me/graykite</p>",
      "<style>body{background:#000;font-family:Orbitron}</style>"));
  EXPECT_TRUE(seen.traits.hostile()) << testing::PrintToString(seen.names);
}

TEST(HostileTraitsTest, ALookAloneMustSayMuchMore) {
  HostileTraits look{{}, kHostilePoints, kHostilePoints};
  EXPECT_FALSE(look.hostile());
  look.points = look.bare = kBarePoints;
  EXPECT_TRUE(look.hostile());
  EXPECT_FALSE(look.told()) << "a notice of the server is still asked for first";
  EXPECT_TRUE((HostileTraits{{}, kHostilePoints, 0}).told());
}

TEST(HostileTraitsTest, NoticesOfOwnersAndServersAreNotStaged) {
  for (const char* notice : {"Coming soon", "This account has been suspended", "Welcome to nginx!",
                             "Trang web đang xây dựng", "This domain is for sale", "準備中"}) {
    const Seen seen = see(page(notice, fmt::format("<center><h1>{}</h1></center>", notice),
                               "<style>body{background:#000}</style>"));
    EXPECT_FALSE(seen.traits.hostile()) << notice << testing::PrintToString(seen.names);
  }
}

TEST(HostileTraitsTest, WhatAnybodyHonestlyDoesIsNoClaim) {
  for (const char* line : {"Designed by Sen Vàng", "Powered by Apache", "Photo by Nguyễn An",
                           "Published by us", "Thiết kế bởi Sen Vàng"})
    EXPECT_THAT(see(page(line, "<p>Night over the river</p>")).names, Not(Contains("claim"))) << line;
}

TEST(HostileTraitsTest, WhatMachinesSayInALineIsNotSigned) {
  for (const char* line : {"File not found.", "Hello world", "Access denied", "no input file specified",
                           "{\"status\":\"ok\"}", "Loading, please wait"})
    EXPECT_THAT(see(line).names, Not(Contains("one_line"))) << line;
}

TEST(HostileTraitsTest, AnArticleThatTeachesCodeIsNotOneThatFellIntoIt) {
  const std::string lesson =
      page("Lesson 4",
           "<h1>Scripts</h1><pre><code>&lt;script src=//cdn.example/x.js&gt;&lt;/script&gt;</code></pre>");
  EXPECT_THAT(see(lesson).names, Not(Contains("escaped_code")));
}

TEST(HostileTraitsTest, OrdinaryPagesShowNothingThatNamesAnAttacker) {
  for (int fetch = 0; fetch < 8; ++fetch)
    for (const std::string& ordinary : {newspaper(fetch), ministry(fetch), bank(fetch)})
      EXPECT_FALSE(see(ordinary).traits.hostile());
}

}  // namespace
}  // namespace vedette::sites
