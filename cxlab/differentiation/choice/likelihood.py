"""The likelihood of choices in loops that are compiled: by person, with its slope, and in coordinates that mix well.

A person's part-worths are ``mean + chol @ theta`` with theta standard normal before any choice is seen. Sampled as it
stands, theta depends on mean and chol as much as the choices tell. So theta itself is written as what a normal
approximation of the person's choices would make of it, ``theta = t + R⁻ᵀ z`` with ``R Rᵀ = I + cholᵀ A chol`` and
``R Rᵀ t = cholᵀ (b − A mean)``; A and b are fixed. z is then nearly standard normal whatever mean and chol are. This is
a change of variables, with its Jacobian: the posterior is exact however rough the approximation.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: how a latent number becomes a part-worth
LINKS = {"normal": 0, "lognormal": 1, "negative": 2}


@njit(cache=True, nogil=True)
def acting(latent: float, link: int):
    """A part-worth and its slope: as it is, −exp, or −log(1 + exp)."""
    if link == 1:
        value = -np.exp(latent)
        return value, value
    if link == 2:
        size = np.log1p(np.exp(-abs(latent)))
        return -(size + max(latent, 0.0)), -1.0 / (1.0 + np.exp(-latent))
    return latent, 1.0


@njit(cache=True, nogil=True)
def person(x, starts, chosen, first, last, beta, slope):
    """Log-likelihood of the tasks first … last − 1 of a person; `slope` is filled."""
    k = x.shape[1]
    total = 0.0
    slope[:] = 0.0
    shares = np.empty(64)
    for t in range(first, last):
        begin, end = starts[t], starts[t + 1]
        if end - begin > len(shares):
            shares = np.empty(end - begin)
        top = -np.inf
        for r in range(begin, end):
            u = 0.0
            for j in range(k):
                u += x[r, j] * beta[j]
            shares[r - begin] = u
            top = max(top, u)
        mass = 0.0
        picked = shares[chosen[t] - begin] - top
        for r in range(end - begin):
            shares[r] = np.exp(shares[r] - top)
            mass += shares[r]
        total += picked - np.log(mass)
        for r in range(begin, end):
            p = shares[r - begin] / mass
            for j in range(k):
                slope[j] -= p * x[r, j]
        for j in range(k):
            slope[j] += x[chosen[t], j]
    return total


@njit(cache=True, nogil=True)
def information(x, starts, first, last, beta, out):
    """Expected information of the tasks of a person about its part-worths; `out` is filled."""
    k = x.shape[1]
    out[:] = 0.0
    for t in range(first, last):
        own = x[starts[t] : starts[t + 1]]
        u = own @ beta
        p = np.exp(u - u.max())
        p /= p.sum()
        mean = p @ own
        for r in range(len(own)):
            for i in range(k):
                for j in range(k):
                    out[i, j] += p[r] * (own[r, i] - mean[i]) * (own[r, j] - mean[j])


@njit(cache=True, nogil=True)
def _forward(r, v):
    """Solve R w = v in place."""
    for i in range(len(v)):
        s = v[i]
        for j in range(i):
            s -= r[i, j] * v[j]
        v[i] = s / r[i, i]


@njit(cache=True, nogil=True)
def _backward(r, v):
    """Solve Rᵀ w = v in place."""
    for i in range(len(v) - 1, -1, -1):
        s = v[i]
        for j in range(i + 1, len(v)):
            s -= r[j, i] * v[j]
        v[i] = s / r[i, i]


@njit(cache=True, nogil=True)
def _place(z, mean, chol, a, b, r, theta, t, al, rest):
    """Fill R, theta, t, A chol and b − A mean of a person."""
    k = len(z)
    for i in range(k):
        s = b[i]
        for m in range(k):
            s -= a[i, m] * mean[m]
        rest[i] = s
        for j in range(k):
            s = 0.0
            for m in range(j, k):
                s += a[i, m] * chol[m, j]
            al[i, j] = s
    for i in range(k):
        for j in range(i + 1):
            s = 1.0 if i == j else 0.0
            for m in range(i, k):
                s += chol[m, i] * al[m, j]
            for m in range(j):
                s -= r[i, m] * r[j, m]
            r[i, j] = np.sqrt(s) if i == j else s / r[j, j]
    for i in range(k):
        s = 0.0
        for m in range(i, k):
            s += chol[m, i] * rest[m]
        t[i] = s
    _forward(r, t)
    for i in range(k):
        theta[i] = t[i] + z[i]  # R⁻¹ of the pull, and z, share the step Rᵀ theta = both
    _backward(r, theta)
    _backward(r, t)


@njit(cache=True, nogil=True)
def latent_of(z, mean, chol, a, b):
    """Latent part-worths of every person, shape (people, columns)."""
    n, k = z.shape
    out = np.empty((n, k))
    r, theta, t, al, rest = np.zeros((k, k)), np.empty(k), np.empty(k), np.empty((k, k)), np.empty(k)
    for i in range(n):
        _place(z[i], mean, chol, a[i], b[i], r, theta, t, al, rest)
        out[i] = mean + chol @ theta
    return out


@njit(cache=True, nogil=True)
def coordinates(latent, mean, chol, a, b):
    """The z of latent part-worths, shape (people, columns): the way back from `latent_of`."""
    n, k = latent.shape
    out = np.empty((n, k))
    r, theta, t, al, rest = np.zeros((k, k)), np.empty(k), np.empty(k), np.empty((k, k)), np.empty(k)
    for i in range(n):
        _place(np.zeros(k), mean, chol, a[i], b[i], r, theta, t, al, rest)
        theta[:] = latent[i] - mean
        _forward(chol, theta)
        out[i] = r.T @ (theta - t)
    return out


@njit(cache=True, nogil=True)
def joint(z, mean, chol, a, b, x, starts, chosen, tasks, links):
    """Log density of choices and people, in coordinates z, less that of a standard normal z; and its slopes.

    Parameters
    ----------
    z : shape (people, columns); mean : (columns,); chol : (columns, columns), lower triangle
    a, b : the approximation, shape (people, columns, columns) and (people, columns)
    x, starts, chosen : rows of the design, first row of every task and one past the last, row chosen in each task
    tasks : first task of every person and one past the last
    links : code of every column

    Returns
    -------
    value, and slopes by z, mean and chol
    """
    n, k = z.shape
    value = 0.0
    to_z, to_mean, to_chol = np.empty((n, k)), np.zeros(k), np.zeros((k, k))
    r, theta, t, beta, bend = np.zeros((k, k)), np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    slope, by_theta, u_bar = np.empty(k), np.empty(k), np.empty(k)
    pull_bar, by_r, phi = np.empty(k), np.zeros((k, k)), np.zeros((k, k))
    al, rest = np.empty((k, k)), np.empty(k)
    for i in range(n):
        _place(z[i], mean, chol, a[i], b[i], r, theta, t, al, rest)
        for j in range(k):
            latent = mean[j]
            for m in range(j + 1):
                latent += chol[j, m] * theta[m]
            beta[j], bend[j] = acting(latent, links[j])
        value += person(x, starts, chosen, tasks[i], tasks[i + 1], beta, slope)
        for j in range(k):
            slope[j] *= bend[j]
            value += 0.5 * (z[i, j] * z[i, j] - theta[j] * theta[j]) - np.log(r[j, j])
            to_mean[j] += slope[j]
        for m in range(k):
            by_theta[m] = -theta[m]
            for j in range(m, k):
                by_theta[m] += chol[j, m] * slope[j]
                to_chol[j, m] += slope[j] * theta[m]
        # theta = t + u, with u = R⁻ᵀ z and t = (R Rᵀ)⁻¹ pull
        u_bar[:] = by_theta
        _forward(r, u_bar)
        for p in range(k):
            to_z[i, p] = u_bar[p] + z[i, p]
            pull_bar[p] = u_bar[p]
        _backward(r, pull_bar)
        for p in range(k):
            for q in range(p + 1):
                by_r[p, q] = -(theta[p] - t[p]) * u_bar[q]
            by_r[p, p] -= 1.0 / r[p, p]
        # by B = R Rᵀ through R: half of R⁻ᵀ (Φ + Φᵀ) R⁻¹, Φ the lower triangle of Rᵀ by_r, its diagonal halved
        for p in range(k):
            for q in range(p + 1):
                s = 0.0
                for m in range(p, k):
                    s += r[m, p] * by_r[m, q]
                phi[p, q] = phi[q, p] = s
        for q in range(k):
            _backward(r, phi[q])  # its rows, as it is symmetric
        for p in range(k):
            for q in range(p):
                phi[p, q], phi[q, p] = phi[q, p], phi[p, q]
        for p in range(k):
            _backward(r, phi[p])
        # 0.5 phi is by B through R; pull_bar tᵀ by B through t; B = I + cholᵀ A chol counts both triangles
        for p in range(k):
            for q in range(k):
                phi[p, q] -= pull_bar[p] * t[q] + t[p] * pull_bar[q]
        for p in range(k):
            for q in range(p + 1):
                s = rest[p] * pull_bar[q]
                for m in range(k):
                    s += al[p, m] * phi[m, q]
                to_chol[p, q] += s
            for m in range(k):
                to_mean[p] -= al[p, m] * pull_bar[m]
    return value, to_z, to_mean, to_chol


@njit(cache=True, nogil=True)
def modes(mean, precision, latent, x, starts, chosen, tasks, links):
    """Most likely latent part-worths of every person under normal people, with the information of its choices there.

    `latent` holds where to begin and is moved.

    Returns
    -------
    a, b : information, and information times mode plus slope, shape (people, columns, columns) and (people, columns)
    """
    n, k = latent.shape
    a, b = np.empty((n, k, k)), np.empty((n, k))
    beta, bend, slope, trial = np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    for i in range(n):
        best = -np.inf
        step = np.zeros(k)
        size = 1.0
        for _round in range(50):
            trial = latent[i] + size * step
            for j in range(k):
                beta[j], bend[j] = acting(trial[j], links[j])
            away = trial - mean
            value = person(x, starts, chosen, tasks[i], tasks[i + 1], beta, slope) - 0.5 * away @ precision @ away
            if value < best:
                size *= 0.5
                if size < 1e-4:
                    break
                continue
            gain = value - best
            best, size = value, 1.0
            latent[i] = trial
            information(x, starts, tasks[i], tasks[i + 1], beta, a[i])
            for p in range(k):
                slope[p] *= bend[p]
                for q in range(k):
                    a[i, p, q] *= bend[p] * bend[q]
            b[i] = a[i] @ trial + slope
            if gain < 1e-8:
                break
            step = np.linalg.solve(a[i] + precision, slope - precision @ away)
    return a, b


@njit(cache=True, nogil=True)
def move_people(latent, mean, precision, a, push, luck, steps, size, x, starts, chosen, tasks, links):
    """Hamiltonian moves of every person's latent part-worths, given the people's mean and precision.

    Parameters
    ----------
    latent : shape (people, columns), moved in place
    a : information of each person's choices, which shapes its steps
    push, luck : standard normal (people, columns) and uniform (people,) numbers
    steps, size : of each move, the latter a number a person

    Returns
    -------
    accepted : share of every person, shape (people,)
    """
    n, k = latent.shape
    accepted = np.zeros(n)
    r, at, force, beta, bend = np.zeros((k, k)), np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    for i in range(n):
        for p in range(k):
            for q in range(p + 1):
                s = a[i, p, q] + precision[p, q]
                for m in range(q):
                    s -= r[p, m] * r[q, m]
                r[p, q] = np.sqrt(s) if p == q else s / r[q, q]
        at[:] = latent[i]
        speed = push[i].copy()
        begin = end = 0.0
        for step in range(steps + 1):
            for j in range(k):
                beta[j], bend[j] = acting(at[j], links[j])
            value = person(x, starts, chosen, tasks[i], tasks[i + 1], beta, force)
            for p in range(k):
                pull = 0.0
                for q in range(k):
                    pull += precision[p, q] * (at[q] - mean[q])
                value -= 0.5 * pull * (at[p] - mean[p])
                force[p] = force[p] * bend[p] - pull
            _forward(r, force)
            if step == 0:
                begin = value - 0.5 * (speed @ speed)
            else:
                speed += 0.5 * size[i] * force
            if step == steps:
                end = value - 0.5 * (speed @ speed)
                break
            speed += 0.5 * size[i] * force
            shift = size[i] * speed
            _backward(r, shift)
            at += shift
        if np.log(luck[i]) < end - begin:
            latent[i] = at
            accepted[i] = 1.0
    return accepted
