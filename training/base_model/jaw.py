"""Teeth, gums and tongue: bone moves as bone, on every face."""
import numpy as np

JAW_KEYS = ("jawOpen", "jawForward", "jawLeft", "jawRight")
INSIDE = ("M_GumsTongue", "M_Teeth")
JOINT_WIDTH, JOINT_PATCH = 0.062, 0.03  # metres: the joint shares the motion by identity of the skin around it


def carry_jaw(keys, face, skin_vertices):
    """Give teeth and gums the jaw's motion: a turn about the joint for all that belongs to the lower jaw."""
    inside = face.material_vertices(*INSIDE)
    teeth = face.material_vertices("M_Teeth")
    lower = teeth[np.linalg.norm(keys["jawOpen"].base[teeth], axis=1) > 0.01]
    for name, key in keys.items():
        if name not in JAW_KEYS:
            key.base[inside] = 0
            continue
        middle = face.mean[lower].mean(0)
        turn, shift = _motion(face.mean[lower], key.base[lower])
        joint = middle - np.linalg.lstsq(turn, shift, rcond=0.1)[0]
        rigid = (face.mean[inside] - middle) @ turn.T + shift
        length = np.maximum((rigid ** 2).sum(1), 1e-10)
        share = np.clip((key.base[inside] * rigid).sum(1) / length, 0, 1)
        folded = face.mean[skin_vertices] * [0, 1, 1] + np.abs(face.mean[skin_vertices]) * [1, 0, 0]
        near = skin_vertices[np.linalg.norm(folded - [JOINT_WIDTH, joint[1], joint[2]], axis=1) < JOINT_PATCH]
        joint_modes = face.modes[:, near].mean(1) if len(near) else np.zeros((len(face.modes), 3))
        slopes = (face.modes[:, inside] - joint_modes[:, None]) @ turn.T * share[:, None]
        key.add(inside, 0.0, slopes, 1e-4)


def _motion(points, offsets):
    """Rotation less the identity (3, 3) about the points' middle, and the shift (3,) of that middle."""
    middle, shift = points.mean(0), offsets.mean(0)
    u, _, v = np.linalg.svd((points - middle).T @ (points + offsets - middle - shift))
    rotation = (u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v).T
    return rotation - np.eye(3), shift
