//! RSA moduli of the generator behind CVE-2017-15361, which can be factored.
//!
//! Its primes are `k·M + 65537^a mod M`, M a product of small primes, so that the modulus is a power of 65537 modulo each
//! of these (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, §2.3).

/// Primes of M for keys of 2048 bits and more, without 2 and those of which every remainder is such a power.
const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/// Whether the modulus, big-endian, has the mark. A random one has it with a probability below 2^-27.
pub(super) fn is_weak(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |rest: u32, digit| {
        rest.wrapping_mul(256).wrapping_add(u32::from(*digit)).checked_rem(prime).unwrap_or(0)
    })
}

/// Whether `wanted` is a power of 65537 modulo the prime.
fn is_power(wanted: u32, prime: u32) -> bool {
    let step = 65_537_u32.checked_rem(prime).unwrap_or(0);
    let mut power = 1_u32;
    (0..prime).any(|_| {
        let is_it = power == wanted;
        power = power.wrapping_mul(step).checked_rem(prime).unwrap_or(0);
        is_it
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_of_the_generator_has_the_mark() {
        for number in [1_u64, 65_537, 65_537 * 65_537] {
            assert!(is_weak(&number.to_be_bytes()), "{number}");
        }
        for number in [2_u64, 3, 65_539, u64::MAX] {
            assert!(!is_weak(&number.to_be_bytes()), "{number}");
        }
    }
}
