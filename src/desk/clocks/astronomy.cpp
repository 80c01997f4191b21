#include "desk/clocks/astronomy.h"

#include <array>
#include <cmath>
#include <numbers>

namespace vedette::desk {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kEpoch = 2451545.0;  // J2000.0
constexpr double kDaysOfCentury = 36525;

double sine(double degrees) { return std::sin(std::fmod(degrees, 360.0) * kRadians); }

// Meeus, table 49.A, "New Moon": coefficient, then how often M, M', F and Ω are in the argument. The
// eccentricity E is a factor for each M.
struct PeriodicTerm {
  double days;
  int sun, moon, latitude, node;
};
constexpr std::array kPeriodic{
    PeriodicTerm{-0.40720, 0, 1, 0, 0},   PeriodicTerm{0.17241, 1, 0, 0, 0},
    PeriodicTerm{0.01608, 0, 2, 0, 0},    PeriodicTerm{0.01039, 0, 0, 2, 0},
    PeriodicTerm{0.00739, -1, 1, 0, 0},   PeriodicTerm{-0.00514, 1, 1, 0, 0},
    PeriodicTerm{0.00208, 2, 0, 0, 0},    PeriodicTerm{-0.00111, 0, 1, -2, 0},
    PeriodicTerm{-0.00057, 0, 1, 2, 0},   PeriodicTerm{0.00056, 1, 2, 0, 0},
    PeriodicTerm{-0.00042, 0, 3, 0, 0},   PeriodicTerm{0.00042, 1, 0, 2, 0},
    PeriodicTerm{0.00038, 1, 0, -2, 0},   PeriodicTerm{-0.00024, -1, 2, 0, 0},
    PeriodicTerm{-0.00017, 0, 0, 0, 1},   PeriodicTerm{-0.00007, 2, 1, 0, 0},
    PeriodicTerm{0.00004, 0, 2, -2, 0},   PeriodicTerm{0.00004, 3, 0, 0, 0},
    PeriodicTerm{0.00003, 1, 1, -2, 0},   PeriodicTerm{0.00003, 0, 2, 2, 0},
    PeriodicTerm{-0.00003, 1, 1, 2, 0},   PeriodicTerm{0.00003, -1, 1, 2, 0},
    PeriodicTerm{-0.00002, -1, 1, -2, 0}, PeriodicTerm{-0.00002, 1, 3, 0, 0},
    PeriodicTerm{0.00002, 0, 4, 0, 0},
};

// The 14 planetary arguments of ch. 49: degrees at k = 0, degrees a lunation, days.
struct PlanetaryTerm {
  double at_epoch, each, days;
};
constexpr std::array kPlanetary{
    PlanetaryTerm{299.77, 0.107408, 0.000325},  PlanetaryTerm{251.88, 0.016321, 0.000165},
    PlanetaryTerm{251.83, 26.651886, 0.000164}, PlanetaryTerm{349.42, 36.412478, 0.000126},
    PlanetaryTerm{84.66, 18.206239, 0.000110},  PlanetaryTerm{141.74, 53.303771, 0.000062},
    PlanetaryTerm{207.14, 2.453732, 0.000060},  PlanetaryTerm{154.84, 7.306860, 0.000056},
    PlanetaryTerm{34.52, 27.261239, 0.000047},  PlanetaryTerm{207.19, 0.121824, 0.000042},
    PlanetaryTerm{291.34, 1.844379, 0.000040},  PlanetaryTerm{161.72, 24.198154, 0.000037},
    PlanetaryTerm{239.56, 25.513099, 0.000035}, PlanetaryTerm{331.55, 3.592518, 0.000023},
};

}  // namespace

double new_moon(int lunation) {
  const double k = lunation, t = k / 1236.85, t2 = t * t, t3 = t2 * t, t4 = t3 * t;
  const double e = 1 - 0.002516 * t - 0.0000074 * t2;
  const double sun = 2.5534 + 29.10535670 * k - 0.0000014 * t2 - 0.00000011 * t3;
  const double moon = 201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3 - 0.000000058 * t4;
  const double latitude = 160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3 + 0.000000011 * t4;
  const double node = 124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3;
  double jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t2 - 0.000000150 * t3 + 0.00000000073 * t4;
  for (const auto& term : kPeriodic) {
    const double argument = term.sun * sun + term.moon * moon + term.latitude * latitude + term.node * node;
    // The lower half of the table is without E: its coefficients are too small for it.
    const double factor = std::abs(term.days) < 0.0001 ? 1 : std::pow(e, std::abs(term.sun));
    jde += term.days * factor * sine(argument);
  }
  for (std::size_t i = 0; i < kPlanetary.size(); ++i) {
    const auto& term = kPlanetary[i];
    jde += term.days * sine(term.at_epoch + term.each * k - (i == 0 ? 0.009173 * t2 : 0));
  }
  return jde;
}

double sun_longitude(double jde) {
  const double t = (jde - kEpoch) / kDaysOfCentury, t2 = t * t;
  const double mean_longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t2;
  const double anomaly = 357.52911 + 35999.05029 * t - 0.0001537 * t2;
  const double center = (1.914602 - 0.004817 * t - 0.000014 * t2) * sine(anomaly) +
                        (0.019993 - 0.000101 * t) * sine(2 * anomaly) + 0.000289 * sine(3 * anomaly);
  const double apparent = mean_longitude + center - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * t);
  const double turns = std::fmod(apparent, 360.0);
  return turns < 0 ? turns + 360 : turns;
}

double to_utc(double jde) {
  // Espenak and Meeus (2006) for 2005 to 2050: some 20 s too much in 1968, and a guess of a minute or two by
  // 2100. The new moons that begin the first and the third month are all more than three minutes from a
  // midnight in UTC+7.
  const double years = (jde - kEpoch) / 365.25;
  const double seconds = 62.92 + 0.32217 * years + 0.005589 * years * years;
  return jde - seconds / 86400;
}

}  // namespace vedette::desk
