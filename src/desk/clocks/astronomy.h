// New moons and the Sun's longitude, as far as a lunar calendar needs them.
//
// Source: J. Meeus, Astronomical Algorithms, 2nd ed.: ch. 49 (new moons with the periodic and the planetary
// terms, some seconds), ch. 25 (apparent longitude of the Sun, low accuracy, 0.01°: a solar term to some 15
// minutes). Moments are Julian Ephemeris Days in Terrestrial Time; to_utc takes them to a Julian Day of UT.
// Limit: 1968 to 2100; farther away the difference of the time scales is a guess. Pure.
#pragma once

namespace vedette::desk {

double new_moon(int lunation);     // 0: 6 January 2000. Julian Ephemeris Day
double sun_longitude(double jde);  // apparent, degrees from 0 to 360
double to_utc(double jde);

}  // namespace vedette::desk
