//! Dates for templates: the caller says what time it is, this crate only writes it out.

use std::fmt::Write;

/// A moment in the user's own time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// Year, e.g. 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 60.
    pub second: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl DateTime {
    /// The moment that many seconds after 1970 began, where the clocks show UTC (Hinnant's `civil_from_days`).
    pub fn from_unix(seconds: u64) -> Self {
        let second_of_day = (seconds % 86_400) as u32;
        // Years are counted from March, so that the leap day is a year's last; eras are 400 years.
        let days = seconds / 86_400 + 719_468;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = (day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100)) as u32;
        let month = (5 * day_of_year + 2) / 153; // 0 is March
        let year = days / 146_097 * 400 + year_of_era + u64::from(month >= 10);
        Self {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: if month < 10 { month + 3 } else { month - 9 },
            day: day_of_year - (153 * month + 2) / 5 + 1,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
        }
    }

    /// Writes the moment as C's `strftime` would in English. A directive that is not known stays as it is.
    pub fn strftime(&self, format: &str) -> String {
        let mut out = String::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let directive = chars.next();
            // "%-d": without the padding.
            let (padded, directive) = if directive == Some('-') { (false, chars.next()) } else { (true, directive) };
            let Some(directive) = directive else {
                out.push('%');
                break;
            };
            self.directive(directive, padded, &mut out);
        }
        out
    }

    fn directive(&self, directive: char, padded: bool, out: &mut String) {
        let month = MONTHS.get(self.month.saturating_sub(1) as usize).copied().unwrap_or_default();
        let weekday = DAYS.get(self.weekday()).copied().unwrap_or_default();
        let short = |name: &'static str| name.get(..3).unwrap_or_default();
        let hour12 = (self.hour + 11) % 12 + 1;
        let (value, width) = match directive {
            'd' => (self.day, 2),
            'm' => (self.month, 2),
            'H' => (self.hour, 2),
            'I' => (hour12, 2),
            'M' => (self.minute, 2),
            'S' => (self.second, 2),
            'j' => (self.day_of_year(), 3),
            'w' => (self.weekday() as u32, 1),
            'y' => (self.year.rem_euclid(100) as u32, 2),
            _ => {
                match directive {
                    'Y' => out.push_str(&self.year.to_string()),
                    'B' => out.push_str(month),
                    'b' | 'h' => out.push_str(short(month)),
                    'A' => out.push_str(weekday),
                    'a' => out.push_str(short(weekday)),
                    'p' => out.push_str(if self.hour < 12 { "AM" } else { "PM" }),
                    'F' => out.push_str(&self.strftime("%Y-%m-%d")),
                    'T' => out.push_str(&self.strftime("%H:%M:%S")),
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    '%' => out.push('%'),
                    other => out.extend(['%', other]),
                }
                return;
            }
        };
        // Writing to a String does not fail.
        let _ = if padded { write!(out, "{value:0width$}") } else { write!(out, "{value}") };
    }

    fn day_of_year(&self) -> u32 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let before = before.get(self.month.saturating_sub(1) as usize).copied().unwrap_or(0);
        before + self.day + u32::from(leap && self.month > 2)
    }

    /// 0 is Sunday (Sakamoto's method).
    fn weekday(&self) -> usize {
        let shift =
            [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4].get(self.month.saturating_sub(1) as usize).copied().unwrap_or(0);
        let y = i64::from(self.year) - i64::from(self.month < 3);
        let day = y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + shift + i64::from(self.day);
        day.rem_euclid(7) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_templates_ask_for() {
        let moment = DateTime { year: 2025, month: 7, day: 6, hour: 13, minute: 4, second: 5 };
        let written = |format: &str| moment.strftime(format);
        assert_eq!(written("%d %b %Y"), "06 Jul 2025");
        assert_eq!(written("%Y-%m-%d"), "2025-07-06");
        assert_eq!(written("%A, %B %-d, %Y"), "Sunday, July 6, 2025");
        assert_eq!(written("%H:%M:%S %I %p %j %y %%"), "13:04:05 01 PM 187 25 %");
        assert_eq!(written("%Q %"), "%Q %");
        let leap = DateTime { year: 2024, month: 12, day: 31, hour: 0, minute: 0, second: 0 };
        assert_eq!(leap.strftime("%a %j %I"), "Tue 366 12");
    }

    #[test]
    fn seconds_become_dates() {
        let written = |seconds| DateTime::from_unix(seconds).strftime("%Y-%m-%dT%H:%M:%S %a");
        assert_eq!(written(0), "1970-01-01T00:00:00 Thu");
        assert_eq!(written(951_782_400), "2000-02-29T00:00:00 Tue");
        assert_eq!(written(1_735_689_599), "2024-12-31T23:59:59 Tue");
        assert_eq!(written(1_753_488_000), "2025-07-26T00:00:00 Sat");
        DateTime::from_unix(u64::MAX);
    }

    #[test]
    fn nonsense_dates_do_not_panic() {
        for (month, day) in [(0, 0), (13, 99), (u32::MAX, u32::MAX / 2)] {
            let moment = DateTime { year: i32::MIN, month, day, hour: 99, minute: 99, second: 99 };
            moment.strftime("%d %b %Y %A %j %y %I");
        }
    }
}
